import { anyOf } from "../../abort.ts";
import { blobRequest } from "../blobAnswer.ts";
import type { HttpResponse } from "../exchange.ts";
import { RegistryError } from "../registryError.ts";
import type { Transfer } from "./transfer.ts";

/** Each part begins so many bytes before its place: it is believed when these are the ones that came before it. */
export const SEAM_BYTES = 1024;

/**
 * Why a part did not come: the server gives no such parts, or gave another; it wants fewer requests; the connection
 * broke.
 */
export type PartFailure = "odd" | "limited" | "cut";

/** A part of a blob on a connection of its own. It is read as it comes, whether somebody wants it yet or not. */
export interface Part {
  /** What came before its place, once it is there. */
  readonly seam: Uint8Array | undefined;
  readonly failure: PartFailure | undefined;
  /** The next chunk; done at its end, and where it fails. Never throws. */
  next(): Promise<IteratorResult<Uint8Array>>;
  /** Lets the connection go. Nobody is told of anything from then on but its end. */
  close(): void;
}

export interface PartOptions {
  /** At least {@link SEAM_BYTES}. */
  readonly start: number;
  /** The first byte behind it. */
  readonly end: number;
  /** The blob's, as the first connection told it. */
  readonly etag: string | undefined;
  readonly onBegun: () => void;
  /** Called once, when its connection is free or gone. */
  readonly onEnd: (failure: PartFailure | undefined) => void;
}

export function openPart(transfer: Transfer, options: PartOptions): Part {
  const { start, end } = options;
  const closing = new AbortController();
  const waiting: Uint8Array[] = [];
  const seam = Buffer.alloc(SEAM_BYTES);
  let position = start - SEAM_BYTES;
  let over = false;
  let failure: PartFailure | undefined;
  let wake: (() => void) | undefined;

  const take = (chunk: Uint8Array): void => {
    const before = Math.max(0, start - position);
    const lead = chunk.subarray(0, before);
    if (before > 0) seam.set(lead, SEAM_BYTES - before);
    position += chunk.byteLength;
    if (chunk.byteLength > lead.byteLength) waiting.push(chunk.subarray(lead.byteLength));
    wake?.();
    if (before > 0 && position >= start) options.onBegun();
  };

  const read = async (): Promise<PartFailure | undefined> => {
    let answer: HttpResponse | undefined;
    try {
      const request = blobRequest(transfer, `bytes=${position}-${end - 1}`);
      // Who is refused does not insist: there is another way.
      const patience = { retry: false, signal: anyOf(transfer.signal, closing.signal) };
      answer = await transfer.context.requester.send({ ...request, ...patience });
      if (!isThat(answer, { position, end, etag: options.etag, size: transfer.descriptor.size })) {
        void answer.discard();
        return isLimit(answer.status) ? "limited" : "odd";
      }
      for await (const chunk of answer.body) {
        if (position + chunk.byteLength > end) return "odd";
        take(chunk);
      }
      return position === end ? undefined : "cut";
    } catch (error) {
      if (answer !== undefined || !(error instanceof RegistryError) || error.code === "unavailable") return "cut";
      return isLimit(error.status) ? "limited" : "odd";
    }
  };

  const run = async (): Promise<void> => {
    const why = await read();
    over = true;
    if (!closing.signal.aborted) failure = why;
    wake?.();
    options.onEnd(failure);
  };

  void run();

  return {
    get seam() {
      return position < start ? undefined : seam;
    },
    get failure() {
      return failure;
    },
    async next() {
      const isIdle = (): boolean => waiting.length === 0 && !over;
      while (isIdle()) await new Promise<void>((resolve) => (wake = resolve));
      const value = waiting.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    close() {
      closing.abort();
      waiting.length = 0;
    },
  };
}

interface Expected {
  readonly position: number;
  readonly end: number;
  readonly etag: string | undefined;
  readonly size: number;
}

/** Whether it is the very part that was asked for, of the very blob. */
function isThat(response: HttpResponse, { position, end, etag, size }: Expected): boolean {
  if (response.status !== 206) return false;
  if (response.header("content-range") !== `bytes ${position}-${end - 1}/${size}`) return false;
  return etag === undefined || response.header("etag") === etag;
}

function isLimit(status: number | undefined): boolean {
  return status === 429 || status === 503;
}
