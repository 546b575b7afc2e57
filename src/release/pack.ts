import { statSync } from "node:fs";
import { basename } from "node:path";
import { AppError } from "../errors.ts";
import {
  EXECUTABLE,
  ORAS_CONTENT_DIGEST,
  ORAS_UNPACK,
  TITLE,
  UNCOMPRESSED_DIGEST,
  UNCOMPRESSED_SIZE,
} from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { APP_FILE, OCI_LAYER_TAR } from "../oci/mediaTypes.ts";
import type { Content } from "../oci/storage.ts";
import { type Compression, mediaTypeSuffix, openCompressor } from "./compression.ts";
import { isExecutable } from "./executable.ts";
import { openFile } from "./fileContent.ts";
import { checkSize, reading } from "./reading.ts";
import { splitSafePath } from "./safePath.ts";
import { squeeze } from "./squeeze.ts";
import { listTree, tarTree } from "./tree.ts";

/** A layer that is ready for `Storage.push`. */
export interface Packed {
  readonly descriptor: Descriptor;
  readonly content: Content;
  /** Lets go of bytes that are held for whoever sends them at once; from then on the content is read anew. */
  readonly release: () => void;
}

export interface PackOptions {
  readonly compression: Compression;
  /** An existing directory for compressed bytes, which stay there until the push is over. */
  readonly workDirectory: string;
  /** What the layer is called instead of Slipway's own type. */
  readonly mediaType?: string;
  /** Keeps a small file that is not compressed in memory until it is released. */
  readonly hold?: boolean;
}

/**
 * One file as a layer. The same file gives the same digest, always.
 *
 * @param options.title the file's name in the release; its own name unless given.
 * @throws AppError `not-found`, `io`, and `bad-data` for a name that no release can have.
 */
export async function packFile(path: string, options: PackOptions & { readonly title?: string }): Promise<Packed> {
  const { compression, title = basename(path), mediaType = `${APP_FILE}${mediaTypeSuffix(compression)}` } = options;
  splitSafePath(title, "linux");
  const { size, mode } = await reading(path, async () => statFile(path));
  const executable = await reading(path, async () => await isExecutable(path, mode));
  const packed = await squeeze(() => openFile(path), {
    ...options,
    path,
    steps: compression === "none" ? undefined : openCompressor(compression, { size, about: size }),
  });
  checkSize(path, size, packed.plainSize);
  return {
    content: packed.content,
    release: packed.release,
    descriptor: {
      mediaType,
      digest: packed.digest,
      size: packed.size,
      annotations: {
        [TITLE]: title,
        ...(executable ? { [EXECUTABLE]: "true" } : {}),
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
 * @param options.title where it goes: "." for the release's own root, else a folder's name, which its entries begin with.
 * @throws AppError `not-found`, `io`, and `bad-data` for what cannot travel (devices, links that lead out).
 */
export async function packDirectory(path: string, options: PackOptions & { readonly title: string }): Promise<Packed> {
  const { title } = options;
  // oras unpacks a directory from gzip alone: for stock clients, "none" means that.
  const compression = options.compression === "none" ? "gzip" : options.compression;
  const entries = await listTree(path, title === "." ? "" : `${title}/`);
  if (!entries.some(({ kind }) => kind === "file")) {
    throw new AppError("not-found", `${path} holds no file`, { hint: "Give the folder that your build wrote." });
  }
  const about = entries.reduce((sum, entry) => sum + (entry.kind === "file" ? entry.size : 0), 0);
  const packed = await squeeze(() => tarTree(entries), {
    ...options,
    path,
    steps: openCompressor(compression, { about }),
  });
  return {
    content: packed.content,
    release: packed.release,
    descriptor: {
      mediaType: options.mediaType ?? `${OCI_LAYER_TAR}${mediaTypeSuffix(compression)}`,
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

function statFile(path: string): { size: number; mode: number } {
  const found = statSync(path);
  if (found.isFile()) return found;
  throw new AppError("bad-data", `${path} is not a file`, { hint: "Give a file, or a folder to publish as a whole." });
}
