import { type Stats, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { type CopyEvent, openCopy } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { openSlots, settleAll } from "../oci/slots.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import {
  type Content,
  contentOf,
  type FetchedManifest,
  notFound,
  type Storage,
  type TaggedStorage,
} from "../oci/storage.ts";
import type { Packed } from "../release/pack.ts";

/** What is packed and waits to be pushed. */
export interface Staging extends AsyncDisposable {
  readonly source: Storage;
  /** Where compressed bytes lie until the push is over. */
  readonly workDirectory: string;
  readonly addPacked: (packed: Packed) => Descriptor;
  readonly addManifest: (manifest: FetchedManifest) => void;
}

export async function openStaging(): Promise<Staging> {
  const workDirectory = await mkdtemp(join(tmpdir(), "slipway-push-"));
  const contents = new Map<Digest, Content>();
  const find = (digest: Digest): Content => {
    const found = contents.get(digest);
    if (found === undefined) throw notFound(digest);
    return found;
  };
  return {
    workDirectory,
    source: {
      has: async ({ digest }) => contents.has(digest),
      fetch: ({ digest }, options) => find(digest)(options?.offset ?? 0),
      push: async () => await Promise.reject(new AppError("internal", "what is staged for a push is not written to")),
    },
    addPacked({ descriptor, content }) {
      contents.set(descriptor.digest, content);
      return descriptor;
    },
    addManifest: ({ descriptor, bytes }) => void contents.set(descriptor.digest, contentOf(bytes)),
    [Symbol.asyncDispose]: async () => await rm(workDirectory, { recursive: true, force: true }),
  };
}

/** Packs side by side, so many at a time; the results stand in the order in which the inputs were given. */
export async function packAll<Input, Output>(
  inputs: readonly Input[],
  atOnce: number,
  pack: (input: Input) => Promise<Output>,
): Promise<Output[]> {
  const abort = new AbortController();
  const fail = (error: unknown): never => {
    abort.abort(error);
    throw error;
  };
  const slot = openSlots(atOnce, { signal: abort.signal, fail });
  const outputs = inputs.map(async (input) => await slot(async () => await pack(input)));
  await settleAll(outputs).catch((error: unknown) => {
    throw abort.signal.aborted ? abort.signal.reason : error;
  });
  return await Promise.all(outputs);
}

export interface PublishOptions {
  readonly target: TaggedStorage;
  /** With the tag. */
  readonly reference: Reference;
  readonly concurrency?: number | undefined;
  readonly onEvent: (event: CopyEvent) => void;
}

export interface Published {
  readonly reference: string;
  readonly digest: Digest;
  /** `unchanged`: the registry had this very content under this tag; `kept`: it has other content, which stays. */
  readonly result: "pushed" | "unchanged" | "replaced" | "kept";
  /** Bytes that travelled; what was there is not sent again. */
  readonly sent: number;
}

/** Sends what is staged. */
export interface Publication {
  /** What the tag stands for until then. */
  readonly before: Descriptor | undefined;
  /** Sends a layer before the others are known, where it is certain that it will be wanted. */
  send(layer: Descriptor): Promise<void>;
  /**
   * Children first, the root last and under its tag, so that no client ever finds half of it. To be called once.
   *
   * @param options.replace whether a tag that stands for other content may be taken. @throws AppError `cannot-create`
   * where it may not.
   */
  finish(root: Descriptor, options: { readonly replace: boolean }): Promise<Published>;
}

/** Asks what the tag stands for now. */
export async function openPublication({ source }: Staging, options: PublishOptions): Promise<Publication> {
  const { target, concurrency } = options;
  const { tag = "" } = options.reference;
  const before = await resolveTag(target, tag);
  let sent = 0;
  const copy = openCopy(source, target, {
    concurrency,
    isEmpty: async () => before === undefined && (await hasNoTags(target)),
    onEvent: (event) => {
      if (event.kind === "done") sent += event.descriptor.size;
      options.onEvent(event);
    },
  });
  return {
    before,
    async send(layer) {
      // Where there is something, it may be the same, or may not be replaced.
      if (before === undefined) await copy.blob(layer);
    },
    async finish(root, { replace }) {
      const summary = { reference: formatReference(options.reference), digest: root.digest };
      if (before?.digest === root.digest) return { ...summary, result: "unchanged", sent: 0 };
      if (before !== undefined && !replace) throw existsOtherwise(options.reference, before);
      await copy.root(root, tag);
      return { ...summary, result: before === undefined ? "pushed" : "replaced", sent };
    },
  };
}

export function existsOtherwise(reference: Reference, { digest }: Descriptor): AppError {
  return new AppError("cannot-create", `${formatReference(reference)} exists with other content (${digest})`, {
    hint: "A published version should not change: push a new one. To replace it all the same: --force",
  });
}

/** @throws AppError `usage` when two layers would be written to the same path. */
export function refuseSameTitles(titles: readonly string[]): void {
  const seen = new Set<string>();
  for (const title of titles) {
    if (seen.has(title))
      throw new AppError("usage", `two things are called ${JSON.stringify(title)} in the release`, {
        hint: "Rename one of them.",
      });
    seen.add(title);
  }
}

/** @param purpose what the path was given for, for the error. */
export function statGiven(path: string, purpose: string): Stats {
  try {
    // Many files are looked at one after the other: handing it to another thread takes longer.
    return statSync(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") {
      throw new AppError("not-found", `there is no ${path} ${purpose}`, {
        hint: "Check the path; it is relative to the current folder.",
      });
    }
    throw diskError(error, path);
  }
}

export function isFolder(path: string, purpose: string): boolean {
  return statGiven(path, purpose).isDirectory();
}

async function hasNoTags(target: TaggedStorage): Promise<boolean> {
  try {
    return (await target.tags()).length === 0;
  } catch (error) {
    // A repository that nobody has pushed to does not exist. Who may not list tags may push all the same.
    return error instanceof AppError && error.code === "not-found";
  }
}

async function resolveTag(target: TaggedStorage, tag: string): Promise<Descriptor | undefined> {
  try {
    return await target.resolve(tag);
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return undefined;
    throw error;
  }
}
