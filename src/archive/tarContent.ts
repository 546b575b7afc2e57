import { createReadStream } from "node:fs";
import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import type { Bytes } from "../oci/storage.ts";
import type { TarFile } from "./tarIndex.ts";

/** What one kind of archive knows of its content: the rest is the same for all. */
export interface ArchiveContent {
  /** With `ref.name` annotations for tags. */
  readonly manifests: readonly Descriptor[];
  /** Where a digest's content is: in the file, or made when the archive was opened. */
  readonly find: (digest: Digest) => TarFile | Uint8Array | undefined;
}

export async function readSmall(path: string, file: TarFile): Promise<Uint8Array> {
  if (file.size > MAX_MANIFEST_BYTES)
    throw new AppError("bad-data", `a list or config in it is longer than ${MAX_MANIFEST_BYTES} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readPart(path, file, 0)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes of a file in the tar, from an offset on. */
export async function* readPart(path: string, { offset, size }: TarFile, start: number): Bytes {
  if (start >= size) return;
  yield* createReadStream(path, { start: offset + start, end: offset + size - 1, highWaterMark: 256 * 1024 }) as Bytes;
}
