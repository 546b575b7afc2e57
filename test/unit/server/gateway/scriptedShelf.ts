import { AppError } from "../../../../src/errors.ts";
import type { Descriptor } from "../../../../src/oci/descriptor.ts";
import type { Digest } from "../../../../src/oci/digest.ts";
import { type Bytes, verifyBytes } from "../../../../src/oci/storage.ts";
import {
  type Contents,
  type ContentsOptions,
  openContents,
  type Trouble,
  type Wanted,
} from "../../../../src/server/gateway/contents/contents.ts";
import { blobOf } from "../../../support/bytes.ts";

/** One download from the registry, which the test has go on. */
export interface ScriptedFetch {
  readonly blob: Descriptor;
  readonly signal: AbortSignal;
  /** Sends bytes, and waits until they have been taken. */
  send(bytes: Uint8Array): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  /** Settles when nobody reads any more. */
  readonly over: Promise<void>;
}

export interface ScriptedShelf {
  readonly fetches: readonly ScriptedFetch[];
  fetch(blob: Descriptor, signal: AbortSignal): Bytes;
  /** Has this content come at once whenever it is asked for. */
  offer(bytes: Uint8Array): Descriptor;
  /** The n-th download, from 0, once it has begun. */
  begun(index: number): Promise<ScriptedFetch>;
}

type Step = { readonly bytes?: Uint8Array; readonly error?: unknown; readonly taken: () => void };

/** A shelf that verifies as the real ones do. */
export function openScriptedShelf(): ScriptedShelf {
  const offered = new Map<Digest, Uint8Array>();
  const fetches: ScriptedFetch[] = [];
  let beginning = Promise.withResolvers<void>();

  async function* run(steps: AsyncIterable<Step>, over: () => void): Bytes {
    try {
      for await (const { bytes, error, taken } of steps) {
        if (error !== undefined) throw error;
        if (bytes !== undefined) yield Buffer.from(bytes);
        taken();
      }
    } finally {
      over();
    }
  }

  return {
    fetches,
    fetch(blob, signal) {
      const queue = openQueue(signal);
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const fetch: ScriptedFetch = {
        blob,
        signal,
        over,
        send: async (bytes) => await queue.put({ bytes }),
        end: () => queue.close(),
        fail: (error) => void queue.put({ error }),
      };
      fetches.push(fetch);
      beginning.resolve();
      beginning = Promise.withResolvers();
      const bytes = offered.get(blob.digest);
      if (bytes !== undefined) {
        void fetch.send(bytes);
        fetch.end();
      }
      return verifyBytes(run(queue, resolve), blob);
    },
    offer(bytes) {
      const blob = blobOf(bytes);
      offered.set(blob.digest, bytes);
      return blob;
    },
    async begun(index) {
      while (fetches.length <= index) await beginning.promise;
      return fetches[index]!;
    },
  };
}

interface Queue extends AsyncIterable<Step> {
  put(step: Omit<Step, "taken">): Promise<void>;
  close(): void;
}

function openQueue(signal: AbortSignal): Queue {
  const steps: Step[] = [];
  let closed = false;
  let change = Promise.withResolvers<void>();
  const tell = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  signal.addEventListener("abort", tell);
  return {
    async put(step) {
      const { promise, resolve } = Promise.withResolvers<void>();
      steps.push({ ...step, taken: resolve });
      tell();
      await promise;
    },
    close() {
      closed = true;
      tell();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (signal.aborted) throw new AppError("temporary", "aborted", { cause: signal.reason });
        const step = steps.shift();
        if (step !== undefined) yield step;
        else if (closed) return;
        else await change.promise;
      }
    },
  };
}

export interface TestContents extends AsyncDisposable {
  readonly shelf: ScriptedShelf;
  readonly contents: Contents;
  readonly troubles: readonly Trouble[];
}

export async function openTestContents(
  directory: string,
  limit = 2 ** 30,
  options: Pick<ContentsOptions, "silence"> = {},
): Promise<TestContents> {
  const shelf = openScriptedShelf();
  const troubles: Trouble[] = [];
  const contents = await openContents({
    directory,
    limit,
    shelf,
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  return { shelf, contents, troubles, [Symbol.asyncDispose]: async () => await contents[Symbol.asyncDispose]() };
}

/** A blob that travels as it is stored. */
export function asItIs(blob: Descriptor): Wanted {
  return { content: blob, stored: { blob, compression: "none" } };
}

export const NEVER: AbortSignal = new AbortController().signal;
