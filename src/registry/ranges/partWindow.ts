import { openPart, type Part, type PartFailure } from "./part.ts";
import type { Transfer } from "./transfer.ts";

/** How many parts there are at once, arriving or waiting to be handed out: so much memory is used at most. */
export const PARTS = 4;

/** The parts of a blob that come next, in their order. */
export interface PartWindow {
  readonly head: Part | undefined;
  /** Why there are no parts behind those that are here. */
  readonly failure: PartFailure | undefined;
  /** From now on the connection on which the blob came so far may be used for a part. */
  takeOver(): void;
  /** The head was handed out. */
  shift(): void;
  /** What is on its way still comes, and nothing behind it. */
  stop(): void;
  close(): void;
}

export interface WindowOptions {
  /** Where the first part begins; what is before it comes another way. */
  readonly start: number;
  /** Bytes of a part. */
  readonly size: number;
  readonly etag: string | undefined;
}

/** Opens the first part; the others when that has begun to come, because a server may refuse all of them. */
export function openWindow(transfer: Transfer, { start, size, etag }: WindowOptions): PartWindow {
  const { context, descriptor } = transfer;
  const parts: Part[] = [];
  let from = start;
  let stopped = false;
  let proven = false;
  let failure: PartFailure | undefined;
  // The first connection counts as a part as long as it brings one.
  let room = PARTS - 1;
  let ownIsFree = false;

  grow();
  return {
    get head() {
      return parts[0];
    },
    get failure() {
      return failure;
    },
    takeOver() {
      room = PARTS;
      ownIsFree = true;
      grow();
    },
    shift() {
      parts.shift();
      grow();
    },
    stop() {
      stopped = true;
    },
    close() {
      stopped = true;
      for (const part of parts.splice(0)) part.close();
    },
  };

  function hasRoom(): boolean {
    return !stopped && from < descriptor.size && parts.length < (proven ? room : 1);
  }

  function grow(): void {
    while (hasRoom()) {
      const leave = takeLane();
      if (leave === undefined) return;
      const end = Math.min(from + size, descriptor.size);
      const part: Part = openPart(transfer, {
        start: from,
        end,
        etag,
        onBegun() {
          proven = true;
          grow();
        },
        onEnd(why) {
          leave();
          if (why !== undefined) fail(part, why);
          grow();
        },
      });
      parts.push(part);
      from = end;
    }
  }

  function takeLane(): (() => void) | undefined {
    if (!ownIsFree) return context.lanes.extra(context.origin.host);
    ownIsFree = false;
    return () => (ownIsFree = true);
  }

  /** What comes behind a part that did not come is of no use. */
  function fail(part: Part, why: PartFailure): void {
    stopped = true;
    failure = why;
    for (const later of parts.splice(parts.indexOf(part) + 1)) later.close();
  }
}
