import type { IncomingMessage, ServerResponse } from "node:http";
import type { Bytes } from "../../../oci/storage.ts";
import type { Coding, Download } from "../../../release/download.ts";
import { judgeConditions, rangeHolds } from "./conditional.ts";
import type { Contents } from "../contents/contents.ts";
import { type Caching, fileHead, validators } from "./heads.ts";
import { type Part, parseRange } from "./range.ts";
import { type Refusal, refusalOf, refuse } from "./refusal.ts";
import { sendBody } from "./sendBody.ts";
import { chooseVariant, type Variant } from "./variant.ts";

export interface DeliverOptions {
  /** `immutable` for an address whose bytes never change, `short` for one that follows the newest. */
  readonly caching: Caching;
  readonly contents: Contents;
  /** Sends the visitor to the registry where it lets strangers in. */
  readonly redirect: boolean;
  /** Milliseconds in which a visitor has to take a block of 128 KiB. */
  readonly stallTimeout: number;
}

/** What became of a request, for log and metrics. */
export interface Delivery {
  /** As it was sent; 499 for a visitor who had left before. */
  readonly status: number;
  /** Of the body, as far as they were handed to the connection. */
  readonly bytes: number;
  readonly coding: Coding | "identity";
  /** `left`: the visitor went away. `stalled`: they took too little for too long. `failed`: the content did not come. */
  readonly end: "sent" | "left" | "stalled" | "failed";
  /** Why it failed: also where a status above 499 was sent. */
  readonly error?: unknown;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Delivering extends DeliverOptions, Exchange {
  readonly download: Download;
  /** Aborts when the visitor has left. */
  readonly signal: AbortSignal;
}

/** Answers GET and HEAD (whoever calls has refused the rest). Never throws: what went wrong is in the delivery. */
export async function deliver(exchange: Exchange, download: Download, options: DeliverOptions): Promise<Delivery> {
  const { request, response } = exchange;
  const left = new AbortController();
  const leave = (): void => left.abort();
  // An answer that waits behind another one does not hear of it.
  request.socket.once("close", leave);
  response.once("close", () => {
    request.socket.off("close", leave);
    leave();
  });
  if (response.destroyed || request.socket.destroyed) leave();
  const { headers } = request;
  // RFC 9110 section 14.2: a Range of anything but GET is ignored.
  const preferences = request.method === "GET" ? headers : { "accept-encoding": headers["accept-encoding"] };
  const variant = chooseVariant(download, preferences);
  const delivering = { ...options, ...exchange, download, signal: left.signal };
  if (variant === undefined) return decline(delivering, NOT_ACCEPTABLE);
  try {
    return await answer(delivering, variant);
  } catch (error) {
    if (left.signal.aborted) return { status: 499, bytes: 0, coding: variant.coding, end: "left" };
    response.setTimeout(options.stallTimeout);
    if (!response.headersSent) return { ...decline(delivering, refusalOf(error)), end: "failed", error };
    response.destroy();
    return { status: response.statusCode, bytes: 0, coding: variant.coding, end: "failed", error };
  }
}

const NOT_ACCEPTABLE: Refusal = {
  status: 406,
  sentence: "This file can be sent as it is, which the request does not allow (Accept-Encoding).",
  fields: { vary: "Accept-Encoding" },
};
const FAILED: Refusal = { status: 412, sentence: "The file is another one by now." };

async function answer(delivering: Delivering, variant: Variant): Promise<Delivery> {
  const { request, response, download, caching, contents, signal } = delivering;
  const { coding, etag, continues, wanted } = variant;
  const { size } = wanted.content;
  const empty = { bytes: 0, coding, end: "sent" } as const;

  const verdict = judgeConditions(request.headers, etag, continues);
  if (verdict === "failed") return decline(delivering, FAILED);
  if (verdict === "not-modified") {
    response.writeHead(304, validators(variant, caching)).end();
    return { ...empty, status: 304 };
  }
  const link = await findLink(delivering);
  if (link !== undefined) {
    response.writeHead(302, { location: link.href, "cache-control": "no-store", "content-length": "0" }).end();
    return { ...empty, status: 302 };
  }
  if (request.method === "HEAD") {
    response.writeHead(200, fileHead(download, variant, { caching, seekable: contents.keeps(size) })).end();
    return { ...empty, status: 200 };
  }
  const asked = askedPart(request, variant);
  // Before anything is fetched for it.
  if (asked.kind === "unsatisfiable" && contents.keeps(size)) return decline(delivering, unsatisfiable(size));

  // While the registry takes its time nothing moves here. Contents have a limit of their own for that.
  response.setTimeout(0);
  await using content = await contents.open(wanted, signal);
  const { seekable } = content;
  const part = seekable && asked.kind === "part" ? asked : undefined;
  const { start, end } = part ?? { start: 0, end: size };
  // What does not come at all is an answer of its own: afterwards there is no other way than to cut the connection.
  const chunks = await begun(content.read({ start, end }));
  response.writeHead(part === undefined ? 200 : 206, fileHead(download, variant, { caching, seekable, part }));
  const { stallTimeout } = delivering;
  const sent = await sendBody(response, chunks, { length: end - start, stallTimeout, signal });
  return { ...sent, status: response.statusCode, coding };
}

function askedPart({ headers }: IncomingMessage, { etag, continues, wanted }: Variant): Part {
  const ifRange = headers["if-range"]?.toString();
  const holds = [etag, ...continues].some((tag) => rangeHolds(ifRange, tag));
  return parseRange(holds ? headers.range : undefined, wanted.content.size);
}

function unsatisfiable(size: number): Refusal {
  return {
    status: 416,
    sentence: `The file has ${size} bytes.`,
    fields: { "content-range": `bytes */${size}`, "accept-ranges": "bytes" },
  };
}

/** The registry's own address of the plain file, where there is one. */
async function findLink({ redirect, download, contents, signal }: Delivering): Promise<URL | undefined> {
  const { blob, compression } = download.stored;
  if (!redirect || compression !== "none") return undefined;
  // Without one the visitor is served from here: that is no reason to fail.
  return await contents.linkTo(blob, signal).catch(() => undefined);
}

function decline(exchange: Exchange, refusal: Refusal): Delivery {
  return { status: refusal.status, bytes: refuse(exchange, refusal), coding: "identity", end: "sent" };
}

/** The same, of which the first chunk is there. @throws what the content throws before. */
async function begun(bytes: Bytes): Promise<Bytes> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return?.();
      }
    },
  };
}
