import { malformed } from "./fault.ts";
import type { ResponseHead } from "./head.ts";

/** How long a body is: so many bytes, as its chunks say, or until the connection ends. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** RFC 9112 section 6.3. @throws HttpFault where the head contradicts itself. */
export function framingOf(method: string, { status, minor, headers }: ResponseHead): Framing {
  if (method === "HEAD" || status === 204 || status === 304) return { kind: "length", length: 0 };
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    if (minor === 0 || coding.toLowerCase() !== "chunked") throw malformed(`a body in transfer-encoding ${coding}`);
    return { kind: "chunked" };
  }
  const lengths = new Set(headers.get("content-length")?.split(/[ \t]*,[ \t]*/));
  if (lengths.size === 0) return { kind: "close" };
  const [length = ""] = lengths;
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) throw malformed("a body of unclear length");
  return { kind: "length", length: Number(length) };
}

// A request that is on its way when the server closes the connection is lost.
const SERVER_CLOSES_MS = 1000;

/**
 * How long the connection may wait for another exchange (RFC 9112 section 9.3), at most `limit`; 0 for not at all.
 *
 * @param limit milliseconds.
 */
export function idleTime({ minor, headers }: ResponseHead, framing: Framing, limit: number): number {
  const options = (headers.get("connection") ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
  if (framing.kind === "close" || options.includes("close")) return 0;
  // Who says both is not to be trusted with what comes behind it (section 6.3).
  if (framing.kind === "chunked" && headers.has("content-length")) return 0;
  if (minor === 0 && !options.includes("keep-alive")) return 0;
  // In seconds, as most servers tell when they will close it.
  const [, seconds] = /(?:^|[ ,])timeout="?(\d{1,9})/i.exec(headers.get("keep-alive") ?? "") ?? [];
  if (seconds === undefined) return limit;
  return Math.max(0, Math.min(limit, Number(seconds) * 1000 - SERVER_CLOSES_MS));
}

/** Takes a chunked body apart (RFC 9112 section 7.1). Extensions and trailers are passed over. */
export interface Chunked {
  readonly done: boolean;
  /** @returns how many of the bytes belonged to the body. @throws HttpFault. */
  take(bytes: Buffer): number;
}

const MAX_LINE = 4096;
const MAX_TRAILERS = 100;

export function openChunked(emit: (payload: Uint8Array) => void): Chunked {
  let state: "size" | "data" | "data-end" | "trailers" | "done" = "size";
  let line = "";
  let left = 0;
  let trailers = 0;

  const readLine = (text: string): void => {
    if (state === "size") {
      const [, size] = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(text) ?? [];
      if (size === undefined) throw malformed("no size of a chunk");
      left = Number.parseInt(size, 16);
      state = left === 0 ? "trailers" : "data";
    } else if (state === "data-end") {
      if (text !== "") throw malformed("a chunk that is longer than it says");
      state = "size";
    } else if (text === "") {
      state = "done";
    } else {
      trailers += 1;
      if (trailers > MAX_TRAILERS) throw malformed("trailers without end");
    }
  };

  return {
    get done() {
      return state === "done";
    },
    take(bytes) {
      let at = 0;
      while (at < bytes.byteLength && state !== "done") {
        if (state === "data") {
          const end = Math.min(at + left, bytes.byteLength);
          emit(bytes.subarray(at, end));
          left -= end - at;
          at = end;
          if (left === 0) state = "data-end";
          continue;
        }
        const found = bytes.indexOf("\n", at);
        const end = found === -1 ? bytes.byteLength : found + 1;
        line += bytes.toString("latin1", at, end);
        at = end;
        if (line.length > MAX_LINE) throw malformed("a line of a chunk without end");
        if (found === -1) break;
        if (!line.endsWith("\r\n")) throw malformed("a line without CR");
        const text = line.slice(0, -2);
        line = "";
        readLine(text);
      }
      return at;
    },
  };
}
