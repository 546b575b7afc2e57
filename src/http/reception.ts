import { HttpFault, malformed } from "./fault.ts";
import { type Chunked, type Framing, framingOf, openChunked } from "./framing.ts";
import { endOfHead, parseHead, type ResponseHead } from "./head.ts";
import type { Inbox } from "./inbox.ts";

/** One answer as it arrives: its head, then its body, which goes into an inbox. */
export interface Reception {
  /** Undefined until the head is there. */
  readonly inbox: Inbox | undefined;
  /** Whether the body ends where the connection does. */
  readonly endsWithConnection: boolean;
  /** @returns what does not belong to the answer. @throws HttpFault. */
  take(bytes: Buffer): Buffer;
  /** Where a body of known length may be read to, without a way through other memory; then say how much came. */
  space(): Uint8Array | undefined;
  arrived(bytes: number): void;
}

export interface ReceptionOptions {
  /** Of the request. */
  readonly method: string;
  readonly maxHeaderSize: number;
  /** The head is there. Gives the inbox for the body. */
  readonly onHead: (head: ResponseHead, framing: Framing) => Inbox;
  /** A CONNECT succeeded: what follows the head is not HTTP any more (RFC 9110 section 9.3.6). */
  readonly onTunnel: (head: ResponseHead, rest: Buffer) => void;
  /** The last byte is there. */
  readonly onWhole: () => void;
}

interface Body {
  readonly inbox: Inbox;
  readonly framing: Framing;
  readonly chunked: Chunked | undefined;
  /** Bytes that it still lacks, where its length is known. */
  left: number;
}

const NOTHING = Buffer.alloc(0);

export function openReception({ method, maxHeaderSize, onHead, onTunnel, onWhole }: ReceptionOptions): Reception {
  /** The beginning of a head that is not whole yet. */
  let held = NOTHING;
  let body: Body | undefined;

  const takeHead = (bytes: Buffer): Buffer => {
    const all = held.byteLength === 0 ? bytes : Buffer.concat([held, bytes]);
    const end = endOfHead(all);
    if ((end === -1 ? all.byteLength : end) > maxHeaderSize)
      throw new HttpFault("HTTP_HEADERS_TOO_LONG", `more than ${maxHeaderSize} bytes of headers`);
    // A copy: the memory is used again.
    held = end === -1 ? Buffer.from(all) : NOTHING;
    if (end === -1) return NOTHING;
    const head = parseHead(all.subarray(0, end));
    const rest = all.subarray(end);
    if (head.status === 101) throw malformed("another protocol");
    // RFC 9110 section 15.2: any number of these may come first.
    if (head.status < 200) return rest;
    if (method === "CONNECT" && head.status < 300) {
      onTunnel(head, rest);
      return NOTHING;
    }
    const framing = framingOf(method, head);
    const inbox = onHead(head, framing);
    body = {
      inbox,
      framing,
      chunked: framing.kind === "chunked" ? openChunked((payload) => inbox.write(payload)) : undefined,
      left: framing.kind === "length" ? framing.length : 0,
    };
    if (framing.kind === "length" && framing.length === 0) onWhole();
    return rest;
  };

  const takeBody = ({ inbox, framing, chunked, left }: Body, bytes: Buffer): Buffer => {
    if (chunked !== undefined) {
      const taken = chunked.take(bytes);
      if (chunked.done) onWhole();
      return bytes.subarray(taken);
    }
    const mine = framing.kind === "length" ? bytes.subarray(0, left) : bytes;
    inbox.write(mine);
    count(mine.byteLength);
    return bytes.subarray(mine.byteLength);
  };

  const count = (bytes: number): void => {
    if (body?.framing.kind !== "length") return;
    body.left -= bytes;
    if (body.left === 0) onWhole();
  };

  return {
    get inbox() {
      return body?.inbox;
    },
    get endsWithConnection() {
      return body?.framing.kind === "close";
    },
    take: (bytes) => (body === undefined ? takeHead(bytes) : takeBody(body, bytes)),
    space: () => (body?.framing.kind === "length" ? body.inbox.space(body.left) : undefined),
    arrived(bytes) {
      body?.inbox.arrived(bytes);
      count(bytes);
    },
  };
}
