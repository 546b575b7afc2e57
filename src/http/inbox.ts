import { BLOCK_BYTES, takeBlock } from "../blocks.ts";

/** What has arrived of one body, until somebody reads it. Read once, by one reader. */
export interface Inbox {
  readonly body: AsyncIterable<Uint8Array>;
  /** Memory to read into, at most so many bytes; then say how many came. */
  space(limit: number): Uint8Array;
  arrived(bytes: number): void;
  /** Copies. */
  write(bytes: Uint8Array): void;
  end(): void;
  /** What came before is still read. */
  fail(error: unknown): void;
  /** Whether as much waits as may. */
  readonly full: boolean;
}

export interface InboxOptions {
  /** How many bytes will come, if that is known. */
  readonly expected: number | undefined;
  /** Called when it is no longer full. */
  readonly onSpace: () => void;
  /** Called when the reader goes away before the end. */
  readonly onAbandoned: () => void;
}

const FIRST_BLOCK_BYTES = 16 * 1024;
// How much may wait for its reader: with less the line stands still whenever the disk is busy.
const READ_AHEAD_BYTES = 1024 * 1024;
// On a slow line nobody waits for a block to be full.
const HOLD_MS = 100;

/** Gathers what comes in small pieces into blocks, and hands on whole ones. */
export function openInbox({ expected, onSpace, onAbandoned }: InboxOptions): Inbox {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let block: Uint8Array = new Uint8Array();
  let handed = 0;
  let filled = 0;
  let total = 0;
  let timer: NodeJS.Timeout | undefined;
  let reader: { resolve: (result: IteratorResult<Uint8Array>) => void; reject: (error: unknown) => void } | undefined;
  let ended: { readonly error?: unknown } | undefined;

  const handOn = (): void => {
    if (filled > handed) {
      const chunk = block.subarray(handed, filled);
      waiting.push(chunk);
      waitingBytes += chunk.byteLength;
      handed = filled;
    }
    if (reader === undefined || (waiting.length === 0 && ended === undefined)) return;
    const { resolve, reject } = reader;
    reader = undefined;
    read().then(resolve, reject);
  };

  const read = async (): Promise<IteratorResult<Uint8Array>> => {
    const chunk = waiting.shift();
    if (chunk !== undefined) {
      const wasFull = inbox.full;
      waitingBytes -= chunk.byteLength;
      if (wasFull && !inbox.full) onSpace();
      return { done: false, value: chunk };
    }
    if (ended !== undefined && "error" in ended) throw ended.error;
    if (ended !== undefined) return { done: true, value: undefined };
    return await new Promise((resolve, reject) => {
      reader = { resolve, reject };
    });
  };

  const onQuiet = (): void => {
    timer = undefined;
    handOn();
  };

  const finish = (how: { readonly error?: unknown }): void => {
    if (ended !== undefined) return;
    ended = how;
    clearTimeout(timer);
    handOn();
  };

  const inbox: Inbox = {
    get full() {
      return waitingBytes >= READ_AHEAD_BYTES;
    },
    space(limit) {
      if (filled === block.byteLength) {
        const rest = expected === undefined ? Math.max(FIRST_BLOCK_BYTES, total) : expected - total;
        block = takeBlock(Math.min(BLOCK_BYTES, Math.max(rest, 1)));
        [handed, filled] = [0, 0];
      }
      return block.subarray(filled, filled + limit);
    },
    arrived(bytes) {
      filled += bytes;
      total += bytes;
      if (filled === block.byteLength) handOn();
      else timer ??= setTimeout(onQuiet, HOLD_MS).unref();
    },
    write(bytes) {
      for (let at = 0; at < bytes.byteLength;) {
        const space = inbox.space(bytes.byteLength - at);
        space.set(bytes.subarray(at, at + space.byteLength));
        at += space.byteLength;
        inbox.arrived(space.byteLength);
      }
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
    body: {
      [Symbol.asyncIterator]: () => ({
        next: read,
        async return() {
          const early = ended === undefined;
          waiting.length = 0;
          waitingBytes = 0;
          finish({});
          if (early) onAbandoned();
          return { done: true, value: undefined };
        },
      }),
    },
  };
  return inbox;
}
