import { AppError } from "../errors.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { childrenOf, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from "./manifest.ts";
import { isStoredAsManifest } from "./mediaTypes.ts";
import { PUBLISH_AGAIN } from "./parse.ts";
import { openSlots, settleAll } from "./slots.ts";
import { type Bytes, contentOf, fetchBytes, type Storage } from "./storage.ts";

export type CopyEvent =
  /** A blob of so many bytes is part of it; one of the others follows. Once for each digest. */
  | { readonly kind: "queued"; readonly size: number }
  | { readonly kind: "exists"; readonly descriptor: Descriptor }
  /** A layer that its publisher keeps elsewhere, and that the source does not hold. */
  | { readonly kind: "foreign"; readonly descriptor: Descriptor }
  | { readonly kind: "progress"; readonly descriptor: Descriptor; readonly bytes: number }
  | { readonly kind: "done"; readonly descriptor: Descriptor };

export interface CopyOptions {
  /** How many blobs travel at once, default 4. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal;
  /** A repository on the target's host that may hold the blobs already. */
  readonly mountFrom?: string | undefined;
  /** Which children of a manifest to copy; all unless given. The root manifest is copied as it is. */
  readonly selectChildren?: (manifest: Manifest) => readonly Descriptor[];
  /** `progress` counts bytes that passed, and may begin again after a retry. */
  readonly onEvent?: (event: CopyEvent) => void;
  /**
   * Whether the target holds nothing that anybody could see. Asked when it had none of the first blobs; from then on
   * the others are sent without a question for each. What an interrupted copy left there is found among the first.
   */
  readonly isEmpty?: () => Promise<boolean>;
}

/** How many travel at once unless somebody says otherwise. */
export const DEFAULT_CONCURRENCY = 4;
// Up to here, waiting for an answer takes longer than its bytes: twice as many keep the line as busy as four large ones.
const SMALL_BYTES = 1024 * 1024;

/** How many of these travel at once unless somebody says otherwise. */
export function concurrencyOf(blobs: readonly { readonly size: number }[]): number {
  return blobs.every(({ size }) => size <= SMALL_BYTES) ? 2 * DEFAULT_CONCURRENCY : DEFAULT_CONCURRENCY;
}
// So many questions are asked before anybody asks whether there is anything at all.
const QUESTIONS_FIRST = 8;
// A chain of indexes that refer to each other: no honest one is deeper.
const MAX_DEPTH = 8;

/**
 * Copies the root and all that it refers to: children first, the root last, so that at no moment anything is
 * reachable that is not whole. What is there already is skipped. Push, pull, mirror and install are all this.
 */
export async function copyGraph(
  source: Storage,
  target: Storage,
  root: Descriptor,
  { tag, ...options }: CopyOptions & { readonly tag?: string | undefined } = {},
): Promise<void> {
  await openCopy(source, target, options).root(root, tag);
}

/** A copy of which parts may travel before all of it is known. */
export interface Copy {
  /** Copies a blob; {@link root} then does not ask for it again. */
  blob(descriptor: Descriptor): Promise<void>;
  /** Copies what is still missing, with the tag that the root gets as the last step of all. To be called once. */
  root(descriptor: Descriptor, tag: string | undefined): Promise<void>;
}

export function openCopy(source: Storage, target: Storage, options: CopyOptions): Copy {
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  // One failure ends the whole copy: nobody waits for the others' bytes.
  const fail = (error: unknown): never => {
    abort.abort(error);
    throw error;
  };
  const slot = openSlots(options.concurrency ?? DEFAULT_CONCURRENCY, { signal, fail });
  const seen = new Map<Digest, Promise<void>>();
  let found = 0;
  let missed = 0;
  let empty: Promise<boolean> | undefined;

  const once = (descriptor: Descriptor, depth: number, tag?: string): Promise<void> => {
    const running = seen.get(descriptor.digest);
    if (running !== undefined) return running;
    const started = copyNode(descriptor, depth, tag).catch(fail);
    seen.set(descriptor.digest, started);
    return started;
  };

  // What failed first is why the others were called off, whatever they say of it.
  const first = async (running: Promise<void>): Promise<void> => {
    try {
      await running;
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error;
    }
  };

  return {
    blob: async (descriptor) => await first(once(descriptor, 0)),
    root: async (descriptor, tag) => await first(once(descriptor, 0, tag)),
  };

  async function copyNode(descriptor: Descriptor, depth: number, tag: string | undefined): Promise<void> {
    if (!isStoredAsManifest(descriptor.mediaType)) {
      options.onEvent?.({ kind: "queued", size: descriptor.size });
      return await slot(() => copyBlob(descriptor));
    }
    if (depth > MAX_DEPTH)
      throw new AppError("bad-data", `manifests are nested more than ${MAX_DEPTH} deep at ${descriptor.digest}`, {
        hint: PUBLISH_AGAIN,
      });
    const bytes = await slot(() => fetchBytes(source, descriptor, { limit: MAX_MANIFEST_BYTES, signal }));
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const children = options.selectChildren?.(manifest) ?? childrenOf(manifest);
    await settleAll(children.map((child) => once(child, depth + 1)));
    await slot(async () => {
      if (tag === undefined && (await target.has(descriptor, { signal }))) {
        options.onEvent?.({ kind: "exists", descriptor });
        return;
      }
      await target.push(descriptor, contentOf(bytes), { signal, ...(tag === undefined ? {} : { tag }) });
      options.onEvent?.({ kind: "done", descriptor });
    });
  }

  async function isSurelyAbsent(): Promise<boolean> {
    if (options.isEmpty === undefined || found > 0 || missed < QUESTIONS_FIRST) return false;
    empty ??= options.isEmpty();
    return (await empty) && found === 0;
  }

  async function copyBlob(descriptor: Descriptor): Promise<void> {
    const absent = await isSurelyAbsent();
    if (!absent && (await target.has(descriptor, { signal }))) {
      found += 1;
      options.onEvent?.({ kind: "exists", descriptor });
      return;
    }
    missed += 1;
    // image-spec layer.md "Non-Distributable Layers": registries take a manifest that names them without their bytes.
    if (isForeign(descriptor) && !(await source.has(descriptor, { signal }))) {
      options.onEvent?.({ kind: "foreign", descriptor });
      return;
    }
    const content = (offset: number): Bytes =>
      counted(source.fetch(descriptor, { offset, signal }), offset, (bytes) =>
        options.onEvent?.({ kind: "progress", descriptor, bytes }),
      );
    await target.push(descriptor, content, {
      signal,
      absent,
      ...(options.mountFrom === undefined ? {} : { mountFrom: options.mountFrom }),
    });
    options.onEvent?.({ kind: "done", descriptor });
  }
}

function isForeign({ urls }: Descriptor): boolean {
  return urls !== undefined && urls.length > 0;
}

async function* counted(bytes: Bytes, offset: number, report: (total: number) => void): Bytes {
  let total = offset;
  for await (const chunk of bytes) {
    total += chunk.byteLength;
    report(total);
    yield chunk;
  }
}
