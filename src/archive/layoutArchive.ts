import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf } from "../oci/digest.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { isStoredAsManifest } from "../oci/mediaTypes.ts";
import { contentOf, fetchBytes, notFound, type TaggedStorage, verifyBytes } from "../oci/storage.ts";
import { withoutChildren } from "./layoutChildren.ts";
import { BLOBS, encodeIndex, encodeMarker, INDEX_FILE, LAYOUT_FILE } from "./layoutFiles.ts";
import { plain, tagOf, withEntry } from "./layoutIndex.ts";
import { readPart } from "./tarContent.ts";
import type { TarFile } from "./tarIndex.ts";
import { openTarWriter } from "./tarWriter.ts";

/** An image layout that is being written into a tar. */
export interface LayoutArchive extends TaggedStorage, AsyncDisposable {
  /** Gives the file its name; without it, nothing is left. */
  finish(): Promise<void>;
}

/**
 * Makes a file that holds an image layout. Sizes are known before contents come, so that pushes side by side go
 * straight to their places in it.
 *
 * @throws AppError `cannot-create` when the file exists and is not to be replaced.
 */
export async function createLayoutArchive(
  file: string,
  options: { readonly replace: boolean },
): Promise<LayoutArchive> {
  const writer = await openTarWriter(file, options);
  const blobs = new Map<Digest, TarFile>();
  const writing = new Map<Digest, Promise<void>>();
  let entries: readonly Descriptor[] = [];

  const archive: LayoutArchive = {
    has: async ({ digest, size, mediaType }) =>
      blobs.get(digest)?.size === size &&
      (!isStoredAsManifest(mediaType) || entries.some((entry) => entry.digest === digest)),

    async *fetch(descriptor, { offset = 0, signal } = {}) {
      signal?.throwIfAborted();
      const found = blobs.get(descriptor.digest);
      if (found === undefined) throw notFound(descriptor.digest);
      const bytes = readPart(writer.path, found, offset);
      yield* offset === 0 ? verifyBytes(bytes, descriptor) : bytes;
    },

    async push(expected, content, { tag, signal } = {}) {
      const { digest, size, mediaType } = expected;
      if (blobs.get(digest)?.size !== size) {
        const started = writing.get(digest) ?? write(expected, watch(verifyBytes(content(0), expected), signal));
        writing.set(digest, started);
        await started.finally(() => writing.delete(digest));
      }
      if (isStoredAsManifest(mediaType)) entries = withEntry(entries, expected, tag);
    },

    async resolve(reference) {
      const found =
        entries.find((entry) => tagOf(entry) === reference) ?? entries.find(({ digest }) => digest === reference);
      if (found === undefined) throw notFound(reference);
      return plain(found);
    },

    async fetchManifest(reference) {
      const descriptor = await archive.resolve(reference);
      return { descriptor, bytes: await fetchBytes(archive, descriptor, { limit: MAX_MANIFEST_BYTES }) };
    },

    async tag(descriptor, tag) {
      if (!(await archive.has(descriptor))) throw notFound(descriptor.digest);
      entries = withEntry(entries, descriptor, tag);
    },

    tags: async () => [...new Set(entries.flatMap((entry) => tagOf(entry) ?? []))],

    async finish() {
      // As other tools list it: what has a name, and what nothing else leads to.
      const roots = await withoutChildren(archive, entries);
      const listed = entries.filter((entry) => tagOf(entry) !== undefined || roots.includes(entry));
      await addSmall(INDEX_FILE, encodeIndex(listed));
      await addSmall(LAYOUT_FILE, encodeMarker());
      await writer.finish();
    },

    [Symbol.asyncDispose]: async () => await writer[Symbol.asyncDispose](),
  };
  return archive;

  async function write({ digest, size }: Descriptor, content: AsyncIterable<Uint8Array>): Promise<void> {
    blobs.set(digest, await writer.add(`${BLOBS}/${algorithmOf(digest)}/${encodedOf(digest)}`, size, content));
  }

  async function addSmall(name: string, bytes: Uint8Array): Promise<void> {
    await writer.add(name, bytes.byteLength, contentOf(bytes)(0));
  }
}

async function* watch(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
