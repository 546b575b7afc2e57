import { open } from "node:fs/promises";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, digestProblem, encodedOf } from "../oci/digest.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { type Bytes, fetchBytes, notFound, type TaggedStorage, verifyBytes } from "../oci/storage.ts";
import { findNamed, listNames } from "./archiveNames.ts";
import { sniffCompression } from "./decompressLayer.ts";
import { findChild } from "./layoutChildren.ts";
import { BLOBS, INDEX_FILE, LAYOUT_FILE, parseIndex, parseMarker } from "./layoutFiles.ts";
import { plain } from "./layoutIndex.ts";
import { readDockerArchive } from "./readDockerArchive.ts";
import { type ArchiveContent, readPart, readSmall } from "./tarContent.ts";
import { readTarIndex, type TarFile, type TarIndex } from "./tarIndex.ts";

/** A file that holds images or artifacts, for reading. */
export interface Archive extends TaggedStorage, AsyncDisposable {
  /** All manifests that it lists, a tagged one once for each tag. */
  manifests(): Promise<readonly Descriptor[]>;
  /** Size of a blob in bytes, or undefined when it is not there. */
  blobSize(digest: Digest): Promise<number | undefined>;
}

/**
 * Opens a tar and tells by what is inside whether it is an image layout or a docker archive.
 *
 * @param part where the tar lies in the file; the whole file unless given. @throws AppError `bad-data` that names the
 * file, `not-found`.
 */
export async function openArchive(path: string, part?: TarFile): Promise<Archive> {
  try {
    const files = await readFiles(path, part);
    return openContent(path, await readContent(path, files));
  } catch (error) {
    throw named(error, path);
  }
}

const UNPACK = { gzip: "gunzip", zstd: "unzstd" };

async function readFiles(path: string, part: TarFile | undefined): Promise<TarIndex> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT")
      throw new AppError("not-found", `there is no ${path}`, { hint: "Check the path." });
    throw diskError(error, path);
  });
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, part?.offset ?? 0);
    const compression = sniffCompression(buffer);
    if (compression !== "none") {
      throw new AppError("bad-data", `it is compressed with ${compression}`, {
        hint: `Unpack it first: ${UNPACK[compression]} ${path}`,
      });
    }
    return await readTarIndex(file, part);
  } finally {
    await file.close();
  }
}

async function readContent(path: string, files: TarIndex): Promise<ArchiveContent> {
  const [marker, index, images] = [LAYOUT_FILE, INDEX_FILE, "manifest.json"].map((name) => files.get(name));
  if (marker !== undefined && index !== undefined) {
    parseMarker(await readSmall(path, marker), LAYOUT_FILE);
    const manifests = parseIndex(await readSmall(path, index), INDEX_FILE);
    // docker save writes both kinds at once; before version 25 its index may list nothing.
    if (manifests.length > 0 || images === undefined)
      return { manifests, find: (digest) => files.get(`${BLOBS}/${algorithmOf(digest)}/${encodedOf(digest)}`) };
  }
  if (images !== undefined) return await readDockerArchive(path, files, images);
  throw new AppError("bad-data", "it is neither an OCI image layout nor a docker archive", {
    hint: "Such files are written by: skopeo copy, docker save",
    remedy: { kind: "write-archive" },
  });
}

function openContent(path: string, { manifests, find }: ArchiveContent): Archive {
  const archive: Archive = {
    manifests: async () => manifests,
    blobSize: async (digest) => sizeOf(find(digest)),
    has: async ({ digest, size }) => sizeOf(find(digest)) === size,

    async *fetch(descriptor, { offset = 0, signal } = {}) {
      signal?.throwIfAborted();
      const found = find(descriptor.digest);
      if (found === undefined) throw notFound(descriptor.digest, `${path} does not hold it.`);
      const bytes = found instanceof Uint8Array ? once(found.subarray(offset)) : readPart(path, found, offset);
      try {
        yield* offset === 0 ? verifyBytes(bytes, descriptor) : bytes;
      } catch (error) {
        throw named(error, path);
      }
    },

    push: async () => await refuse(path),
    tag: async () => await refuse(path),

    async resolve(reference) {
      const found =
        manifests.find(({ digest }) => digest === reference) ??
        findNamed(manifests, reference) ??
        (digestProblem(reference) === undefined ? await findChild(archive, manifests, reference as Digest) : undefined);
      if (found !== undefined) return plain(found);
      const tags = await archive.tags();
      throw notFound(
        `${reference} in ${path}`,
        tags.length === 0 ? "It has no tags." : `It has: ${tags.slice(0, 20).join(", ")}.`,
      );
    },

    async fetchManifest(reference) {
      const descriptor = await archive.resolve(reference);
      return { descriptor, bytes: await fetchBytes(archive, descriptor, { limit: MAX_MANIFEST_BYTES }) };
    },

    tags: async () => listNames(manifests),
    [Symbol.asyncDispose]: async () => undefined,
  };
  return archive;
}

function sizeOf(found: TarFile | Uint8Array | undefined): number | undefined {
  return found instanceof Uint8Array ? found.byteLength : found?.size;
}

async function* once(bytes: Uint8Array): Bytes {
  yield bytes;
}

async function refuse(path: string): Promise<never> {
  return await Promise.reject(
    new AppError("usage", `${path} is an archive, which is only read`, { hint: "Copy to a new file instead." }),
  );
}

function named(error: unknown, path: string): unknown {
  if (!(error instanceof AppError) || error.code !== "bad-data" || error.message.startsWith(path)) return error;
  const { hint = "Copy or download the archive again." } = error;
  return new AppError("bad-data", `${path}: ${error.message}`, { hint, cause: error });
}
