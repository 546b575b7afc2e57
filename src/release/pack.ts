import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError, systemCodeOf } from "../errors.ts";
import {
  EXECUTABLE,
  ORAS_CONTENT_DIGEST,
  ORAS_UNPACK,
  TITLE,
  UNCOMPRESSED_DIGEST,
  UNCOMPRESSED_SIZE,
} from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { APP_FILE, OCI_LAYER_TAR } from "../oci/mediaTypes.ts";
import type { Content } from "../oci/storage.ts";
import { type Compression, mediaTypeSuffix, openCompressor } from "./compression.ts";
import { isExecutable } from "./executable.ts";
import { listTree, tarTree } from "./tree.ts";

/** A layer that is ready for `Storage.push`. */
export interface Packed {
  readonly descriptor: Descriptor;
  readonly content: Content;
}

export interface PackOptions {
  readonly compression: Compression;
  /** An existing directory for compressed bytes, which stay there until the push is over. */
  readonly workDirectory: string;
}

/**
 * One file as a layer. The same file gives the same digest, always.
 *
 * @param title the file's name in the release; its own name unless given.
 * @throws AppError `not-found`, `io`.
 */
export async function packFile(path: string, options: PackOptions & { readonly title?: string }): Promise<Packed> {
  const { size, mode } = await statInput(path);
  const { compression } = options;
  const packed = await squeeze(() => createReadStream(path), { ...options, size, path });
  return {
    content: packed.content,
    descriptor: {
      mediaType: `${APP_FILE}${mediaTypeSuffix(compression)}`,
      digest: packed.digest,
      size: packed.size,
      annotations: {
        [TITLE]: options.title ?? basename(path),
        ...((await isExecutable(path, mode)) ? { [EXECUTABLE]: "true" } : {}),
        ...(compression === "none"
          ? {}
          : { [UNCOMPRESSED_DIGEST]: packed.plainDigest, [UNCOMPRESSED_SIZE]: String(size) }),
      },
    },
  };
}

/**
 * A directory as one tar layer, as oras does it: names sorted, no times, no owners.
 *
 * @param title where it goes: "." for the release's own root, else a folder's name, which its entries begin with.
 * @throws AppError `not-found`, `bad-data` for what cannot travel (devices, links that lead out).
 */
export async function packDirectory(path: string, options: PackOptions & { readonly title: string }): Promise<Packed> {
  const { title } = options;
  // oras unpacks a directory from gzip alone: for stock clients, "none" means that.
  const compression = options.compression === "none" ? "gzip" : options.compression;
  const entries = await listTree(path, title === "." ? "" : `${title}/`);
  if (!entries.some(({ kind }) => kind === "file")) {
    throw new AppError("not-found", `${path} holds no file`, { hint: "Give the folder that your build wrote." });
  }
  // A tar's length is known beforehand only by making it; it is cheap next to compressing it.
  const packed = await squeeze(() => tarTree(entries), { ...options, compression, path });
  return {
    content: packed.content,
    descriptor: {
      mediaType: `${OCI_LAYER_TAR}${mediaTypeSuffix(compression)}`,
      digest: packed.digest,
      size: packed.size,
      annotations: {
        [TITLE]: title,
        ...(compression === "gzip" ? { [ORAS_UNPACK]: "true", [ORAS_CONTENT_DIGEST]: packed.plainDigest } : {}),
        [UNCOMPRESSED_DIGEST]: packed.plainDigest,
        [UNCOMPRESSED_SIZE]: String(packed.plainSize),
      },
    },
  };
}

interface Squeezed {
  readonly digest: Digest;
  readonly size: number;
  readonly plainDigest: Digest;
  readonly plainSize: number;
  readonly content: Content;
}

/** Compresses into a file of the work directory and hashes both sides in the same pass; a plain file stays where it is. */
async function squeeze(
  open: () => Readable,
  { compression, workDirectory, size, path }: PackOptions & { readonly size?: number; readonly path: string },
): Promise<Squeezed> {
  const plain = openMeter();
  if (compression === "none") {
    await pipeline(open(), plain.stream, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) void chunk;
    });
    checkSize(path, size, plain.size());
    return {
      digest: plain.digest(),
      size: plain.size(),
      plainDigest: plain.digest(),
      plainSize: plain.size(),
      content: contentOfFile(path),
    };
  }
  const file = join(workDirectory, randomUUID());
  const packed = openMeter();
  await pipeline(open(), plain.stream, openCompressor(compression, size), packed.stream, createWriteStream(file));
  checkSize(path, size, plain.size());
  return {
    digest: packed.digest(),
    size: packed.size(),
    plainDigest: plain.digest(),
    plainSize: plain.size(),
    content: contentOfFile(file),
  };
}

function openMeter(): { stream: Transform; digest: () => Digest; size: () => number } {
  const hash = createHash("sha256");
  let size = 0;
  let digest: Digest | undefined;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.byteLength;
      done(null, chunk);
    },
  });
  return { stream, size: () => size, digest: () => (digest ??= `sha256:${hash.digest("hex")}`) };
}

function contentOfFile(path: string): Content {
  return (offset) => createReadStream(path, { start: offset }) as AsyncIterable<Uint8Array>;
}

function checkSize(path: string, before: number | undefined, after: number): void {
  if (before === undefined || before === after) return;
  throw new AppError("io", `${path} changed while it was read: ${before} bytes, then ${after}`, {
    hint: "Wait until your build is finished, then push again.",
  });
}

async function statInput(path: string): Promise<{ size: number; mode: number }> {
  try {
    return await stat(path);
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") throw new AppError("not-found", `there is no file ${path}`, { cause });
    throw new AppError("io", `cannot read ${path} (${systemCodeOf(cause) ?? String(cause)})`, { cause });
  }
}
