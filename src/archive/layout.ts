import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { REF_NAME } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isStoredAsManifest } from "../oci/mediaTypes.ts";
import { childrenOf, parseManifest } from "../oci/manifest.ts";
import {
  type Bytes,
  type Content,
  type FetchOptions,
  notFound,
  type PushOptions,
  type TaggedStorage,
  verifyBytes,
} from "../oci/storage.ts";
import {
  BLOBS,
  blobPath,
  createLayout,
  isTemporary,
  readLayoutIndex,
  temporaryName,
  writeLayoutIndex,
} from "./layoutFiles.ts";

/** An OCI image layout in a directory, as other tools read and write it. */
export interface Layout extends TaggedStorage {
  readonly directory: string;
  /** All manifests that index.json lists, a tagged one once for each tag. */
  manifests(): Promise<readonly Descriptor[]>;
  /** Size of a blob in bytes, or undefined when it is not there. */
  blobSize(digest: Digest): Promise<number | undefined>;
  /** Takes a tag away; the manifest stays. @returns whether it was there. */
  untag(tag: string): Promise<boolean>;
  /** Takes a manifest away, with every tag on it. @returns whether it was there. */
  removeManifest(digest: Digest): Promise<boolean>;
  /** @returns whether it was there. */
  removeBlob(digest: Digest): Promise<boolean>;
  /** Moves a file that was written and verified elsewhere on the same file system into place. */
  adopt(file: string, digest: Digest): Promise<void>;
}

/**
 * Opens a layout; it is made with the first push. Every write goes beside, is verified, synced and renamed, so that a
 * kill at any moment leaves a whole layout. One process writes at a time.
 */
export async function openLayout(directory: string): Promise<Layout> {
  await sweep(directory);
  let index = await readLayoutIndex(directory);
  // Changes of index.json wait for each other.
  let queue: Promise<unknown> = Promise.resolve();

  const layout: Layout = {
    directory,
    manifests: async () => index ?? [],

    async blobSize(digest) {
      return await stat(blobPath(directory, digest)).then(
        ({ size }) => size,
        () => undefined,
      );
    },

    async has({ digest, size }) {
      return (await layout.blobSize(digest)) === size;
    },

    async *fetch(descriptor: Descriptor, options: FetchOptions = {}): Bytes {
      options.signal?.throwIfAborted();
      const offset = options.offset ?? 0;
      const stored = readBlob(blobPath(directory, descriptor.digest), offset, descriptor.digest);
      yield* offset === 0 ? verifyBytes(stored, descriptor) : stored;
    },

    async push(expected: Descriptor, content: Content, options: PushOptions = {}) {
      if (!(await layout.has(expected))) {
        const path = blobPath(directory, expected.digest);
        const beside = temporaryName(path);
        try {
          await mkdir(dirname(path), { recursive: true });
          await writeVerified(beside, expected, content);
          await rename(beside, path);
        } catch (error) {
          await rm(beside, { force: true }).catch(() => undefined);
          throw diskError(error, path);
        }
      }
      if (isStoredAsManifest(expected.mediaType)) await change((manifests) => listed(manifests, expected, options.tag));
    },

    async adopt(file, digest) {
      const path = blobPath(directory, digest);
      await mkdir(dirname(path), { recursive: true });
      await rename(file, path);
    },

    resolve: async (reference) => await find(reference),

    async fetchManifest(reference) {
      const descriptor = await find(reference);
      const chunks: Uint8Array[] = [];
      for await (const chunk of layout.fetch(descriptor)) chunks.push(chunk);
      return { descriptor, bytes: Buffer.concat(chunks) };
    },

    async tag(descriptor, tag) {
      if (!(await layout.has(descriptor))) throw notFound(descriptor.digest);
      await change((manifests) => listed(manifests, descriptor, tag));
    },

    async tags() {
      if (index === undefined) throw notFound(`an image layout in ${directory}`);
      return index.flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []);
    },

    async untag(tag) {
      const before = index ?? [];
      if (!before.some((entry) => tagOf(entry) === tag)) return false;
      await change((manifests) => {
        const gone = manifests.find((entry) => tagOf(entry) === tag);
        const rest = manifests.filter((entry) => tagOf(entry) !== tag);
        return gone === undefined || rest.some(({ digest }) => digest === gone.digest) ? rest : [...rest, plain(gone)];
      });
      return true;
    },

    async removeManifest(digest) {
      if (!(index ?? []).some((entry) => entry.digest === digest)) return false;
      await change((manifests) => manifests.filter((entry) => entry.digest !== digest));
      await layout.removeBlob(digest);
      return true;
    },

    async removeBlob(digest) {
      return await rm(blobPath(directory, digest)).then(
        () => true,
        (error: unknown) => {
          if (systemCodeOf(error) === "ENOENT") return false;
          throw diskError(error, directory);
        },
      );
    },
  };
  return layout;

  async function change(edit: (manifests: readonly Descriptor[]) => Descriptor[]): Promise<void> {
    const turn = editAfter(queue, edit);
    queue = turn.catch(() => undefined);
    await turn;
  }

  async function editAfter(
    earlier: Promise<unknown>,
    edit: (manifests: readonly Descriptor[]) => Descriptor[],
  ): Promise<void> {
    await earlier;
    if (index === undefined) {
      await createLayout(directory);
      index = [];
    }
    const next = edit(index);
    await writeLayoutIndex(directory, next);
    index = next;
  }

  async function find(reference: string): Promise<Descriptor> {
    const entries = index ?? [];
    const found =
      entries.find((entry) => tagOf(entry) === reference) ?? entries.find(({ digest }) => digest === reference);
    if (found !== undefined) return plain(found);
    const child = await findChild(reference);
    if (child === undefined) throw notFound(reference, `The image layout ${directory} does not have it.`);
    return child;
  }

  /** Other tools list only what is tagged: children of an index are found through it. */
  async function findChild(reference: string): Promise<Descriptor | undefined> {
    const queued = [...(index ?? [])];
    const seen = new Set<string>();
    for (let entry = queued.shift(); entry !== undefined; entry = queued.shift()) {
      if (seen.has(entry.digest) || !isStoredAsManifest(entry.mediaType)) continue;
      seen.add(entry.digest);
      if (entry.digest === reference) return plain(entry);
      const bytes = await readFile(blobPath(directory, entry.digest)).catch(() => undefined);
      if (bytes !== undefined) queued.push(...childrenOf(parseManifest(bytes, entry.mediaType)));
    }
    return undefined;
  }
}

function listed(manifests: readonly Descriptor[], descriptor: Descriptor, tag: string | undefined): Descriptor[] {
  const entry = plain(descriptor);
  if (tag === undefined) {
    return manifests.some(({ digest }) => digest === entry.digest) ? [...manifests] : [...manifests, entry];
  }
  // The tag leaves what it stood on, which stays listed without it; the untagged entry of the new one goes.
  const kept = manifests.flatMap((other) => (tagOf(other) === tag ? [plain(other)] : [other]));
  const others = kept.filter(
    (other, position) =>
      tagOf(other) !== undefined ||
      (other.digest !== entry.digest &&
        !kept.some((twin, at) => twin.digest === other.digest && (tagOf(twin) !== undefined || at < position))),
  );
  return [...others, { ...entry, annotations: { [REF_NAME]: tag } }];
}

function tagOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[REF_NAME];
}

function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

async function writeVerified(path: string, expected: Descriptor, content: Content): Promise<void> {
  const file = await open(path, "wx");
  try {
    for await (const chunk of verifyBytes(content(0), expected)) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* readBlob(path: string, start: number, digest: Digest): Bytes {
  try {
    yield* createReadStream(path, { start }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw notFound(digest);
    throw error;
  }
}

/** What a killed writer left beside its files. */
async function sweep(directory: string): Promise<void> {
  const algorithms = await readdir(join(directory, BLOBS)).catch(() => []);
  for (const folder of [directory, ...algorithms.map((name) => join(directory, BLOBS, name))]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (isTemporary(name)) await rm(join(folder, name), { force: true });
    }
  }
}
