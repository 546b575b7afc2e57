import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { isStoredAsManifest } from "../oci/mediaTypes.ts";
import {
  type Bytes,
  type Content,
  type FetchOptions,
  fetchBytes,
  notFound,
  type PushOptions,
  type TaggedStorage,
  verifyBytes,
} from "../oci/storage.ts";
import { damaged, hasBlobs, readBlob, sizeOf, sweepLeftovers, writeBlob } from "./layoutBlobs.ts";
import { findChild } from "./layoutChildren.ts";
import { blobPath } from "./layoutFiles.ts";
import { openLayoutIndex, plain, tagOf, withEntry, withoutManifest, withoutTag } from "./layoutIndex.ts";

/** An OCI image layout in a directory, as other tools read and write it. */
export interface Layout extends TaggedStorage {
  readonly directory: string;
  /** Whether anything has been pushed to it. */
  exists(): Promise<boolean>;
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
 * kill at any moment leaves a whole layout. What others change in index.json is seen; but one process writes at a time.
 *
 * @throws AppError `bad-data` that names the file when the layout is damaged.
 */
export async function openLayout(
  directory: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Promise<Layout> {
  // Whoever only reads may meet another's push in the middle.
  if (!readOnly) await sweepLeftovers(directory);
  const index = openLayoutIndex(directory);
  await index.read();

  const layout: Layout = {
    directory,
    exists: async () => (await index.read()) !== undefined || (await hasBlobs(directory)),
    manifests: async () => (await index.read()) ?? [],
    blobSize: async (digest) => await sizeOf(blobPath(directory, digest)),

    async has({ mediaType, digest, size }) {
      if ((await layout.blobSize(digest)) !== size) return false;
      // A kill between a manifest's blob and index.json leaves a blob whose type nobody knows.
      return !isStoredAsManifest(mediaType) || (await find(digest)) !== undefined;
    },

    async *fetch(descriptor: Descriptor, options: FetchOptions = {}): Bytes {
      options.signal?.throwIfAborted();
      const offset = options.offset ?? 0;
      const path = blobPath(directory, descriptor.digest);
      const stored = readBlob(path, offset, descriptor.digest);
      try {
        yield* offset === 0 ? verifyBytes(stored, descriptor) : stored;
      } catch (error) {
        throw damaged(error, path);
      }
    },

    async push(expected: Descriptor, content: Content, options: PushOptions = {}) {
      if ((await layout.blobSize(expected.digest)) !== expected.size)
        await writeBlob(blobPath(directory, expected.digest), expected, { content, signal: options.signal });
      if (isStoredAsManifest(expected.mediaType))
        await index.change((entries) => withEntry(entries, expected, options.tag));
    },

    async adopt(file, digest) {
      const path = blobPath(directory, digest);
      try {
        await mkdir(dirname(path), { recursive: true });
        await rename(file, path);
      } catch (error) {
        throw diskError(error, path);
      }
    },

    async resolve(reference) {
      const found = await find(reference);
      if (found === undefined) throw notFound(reference, `The image layout ${directory} does not have it.`);
      return plain(found);
    },

    async fetchManifest(reference) {
      const descriptor = await layout.resolve(reference);
      return { descriptor, bytes: await fetchBytes(layout, descriptor, { limit: MAX_MANIFEST_BYTES }) };
    },

    async tag(descriptor, tag) {
      if (!(await layout.has(descriptor))) throw notFound(descriptor.digest);
      await index.change((entries) => withEntry(entries, descriptor, tag));
    },

    async tags() {
      const entries = await index.read();
      if (entries === undefined) throw notFound(`an image layout in ${directory}`);
      return [...new Set(entries.flatMap((entry) => tagOf(entry) ?? []))];
    },

    async untag(tag) {
      if (!(await layout.manifests()).some((entry) => tagOf(entry) === tag)) return false;
      await index.change((entries) => withoutTag(entries, tag));
      return true;
    },

    async removeManifest(digest) {
      if ((await find(digest)) === undefined) return false;
      await index.change((entries) => withoutManifest(entries, digest));
      await layout.removeBlob(digest);
      return true;
    },

    async removeBlob(digest) {
      try {
        await rm(blobPath(directory, digest));
        return true;
      } catch (error) {
        if (systemCodeOf(error) === "ENOENT") return false;
        throw diskError(error, directory);
      }
    },
  };
  return layout;

  async function find(reference: string): Promise<Descriptor | undefined> {
    const entries = await layout.manifests();
    return (
      entries.find((entry) => tagOf(entry) === reference) ??
      entries.find(({ digest }) => digest === reference) ??
      (reference.includes(":") ? await findListed(entries, reference as Digest) : undefined)
    );
  }

  async function findListed(entries: readonly Descriptor[], digest: Digest): Promise<Descriptor | undefined> {
    return (await layout.blobSize(digest)) === undefined ? undefined : await findChild(layout, entries, digest);
  }
}
