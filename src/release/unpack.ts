import type { Readable } from "node:stream";
import { Readable as ReadableStream, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { AppError, diskError } from "../errors.ts";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestProblem, type Digest } from "../oci/digest.ts";
import { type Bytes, verifyBytes } from "../oci/storage.ts";
import { openDecompressor } from "./compression.ts";
import { chooseEntrypoint } from "./entrypoint.ts";
import type { ReleaseFiles, ReleaseLayer } from "./readRelease.ts";
import { openTree, type TreeWriter } from "./writeTree.ts";

/** Most bytes that a release may have when unpacked, where its layers do not say. */
export const MAX_UNPACKED_BYTES = 16 * 1024 ** 3;

export interface MaterializeOptions {
  readonly files: ReleaseFiles;
  /** Verified content of layers. */
  readonly blobs: { open(descriptor: Descriptor): Bytes };
  /** An existing, empty directory. */
  readonly directory: string;
  readonly platform: NodeJS.Platform;
  /** Bytes when unpacked; {@link MAX_UNPACKED_BYTES} unless given. */
  readonly maxBytes?: number;
}

export interface Materialized {
  /** Relative path of the program, with "/". */
  readonly executable: string;
  readonly bytes: number;
  readonly files: number;
}

/**
 * Writes a release's files: decompress, verify, write in one pass, with flat memory. On any error the directory holds
 * rubbish and is the caller's to throw away.
 *
 * @throws AppError `bad-data` for content that is wrong, unsafe or too large; `io`, `cannot-create` for the disk.
 */
export async function materialize(options: MaterializeOptions): Promise<Materialized> {
  const { files, blobs, directory, platform } = options;
  const replace = files.layers.some((layer) => layer.kind === "archive" && layer.whiteouts);
  const tree = openTree(directory, { platform, replace });
  const meter = openMeter(options.maxBytes ?? MAX_UNPACKED_BYTES);
  for (const layer of files.layers) {
    const content = openLayer(layer, blobs.open(layer.descriptor));
    if (layer.kind === "file") await writeFile(tree, layer, content, meter);
    else await extractArchive(tree, layer.whiteouts, content, meter);
  }
  const executable = await chooseEntrypoint({
    directory,
    wanted: files.entrypoint,
    files: [...tree.files.values()],
    platform,
  });
  return { executable, bytes: meter.total(), files: tree.files.size };
}

/** The layer's content after decompression, checked against what the annotations promise of it. */
function openLayer(layer: ReleaseLayer, compressed: Bytes): Bytes {
  if (layer.compression === "none") return compressed;
  const plain = decompress(layer.compression, compressed);
  const { annotations } = layer.descriptor;
  const digest = annotations?.[UNCOMPRESSED_DIGEST];
  const size = annotations?.[UNCOMPRESSED_SIZE];
  if (digest === undefined || size === undefined) return plain;
  if (digestProblem(digest) !== undefined || !/^\d{1,15}$/.test(size)) {
    throw new AppError(
      "bad-data",
      `${layer.descriptor.digest}: its annotations of the uncompressed content make no sense`,
    );
  }
  return verifyBytes(plain, { mediaType: layer.descriptor.mediaType, digest: digest as Digest, size: Number(size) });
}

async function* decompress(compression: "zstd" | "gzip", compressed: Bytes): Bytes {
  const source = ReadableStream.from(compressed);
  const decompressor = openDecompressor(compression);
  // An error of the source must reach the reader, not vanish in the pipe.
  source.once("error", (error) => decompressor.destroy(error));
  try {
    yield* source.pipe(decompressor) as Readable & Bytes;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("bad-data", `the content is not valid ${compression} data`, {
      hint: "The publisher must push it again.",
      cause,
    });
  } finally {
    source.destroy();
    decompressor.destroy();
  }
}

async function writeFile(
  tree: TreeWriter,
  layer: ReleaseLayer & { kind: "file" },
  content: Bytes,
  meter: Meter,
): Promise<void> {
  const stream = await tree.file(layer.path, layer);
  await written(pipeline(content, meter.open(), stream), layer.path);
}

async function extractArchive(tree: TreeWriter, whiteouts: boolean, content: Bytes, meter: Meter): Promise<void> {
  const archive = extract();
  const feeding = pipeline(content, meter.open(), archive as unknown as NodeJS.WritableStream);
  // The loop below may fail first; the other's failure is then only an echo.
  feeding.catch(() => undefined);
  try {
    for await (const entry of archive) {
      await extractEntry(tree, { header: entry.header, content: entry as unknown as Bytes, whiteouts });
      entry.resume();
    }
    await feeding;
  } catch (error) {
    archive.destroy();
    const fed = await feeding.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (error instanceof AppError) throw error;
    if (fed instanceof AppError) throw fed;
    throw new AppError(
      "bad-data",
      `an archive of the release cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: "The publisher must push it again.",
        cause: error,
      },
    );
  }
}

interface Entry {
  readonly header: Header;
  readonly content: Bytes;
  readonly whiteouts: boolean;
}

// image-spec layer.md "Whiteouts".
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

async function extractEntry(tree: TreeWriter, { header, content, whiteouts }: Entry): Promise<void> {
  const { name, type, linkname } = header;
  const slash = name.lastIndexOf("/");
  const base = name.slice(slash + 1);
  if (whiteouts && base.startsWith(WHITEOUT)) {
    const folder = name.slice(0, slash + 1);
    return base === OPAQUE ? await tree.clear(folder) : await tree.remove(`${folder}${base.slice(WHITEOUT.length)}`);
  }
  switch (type) {
    case "directory":
      return await tree.directory(name);
    case "symlink":
      return await tree.symlink(name, linkname ?? "");
    case "link":
      return await tree.copy(name, linkname ?? "");
    case "file":
    case "contiguous-file":
    case undefined:
    case null: {
      const stream = await tree.file(name, { executable: ((header.mode ?? 0) & 0o111) !== 0 });
      return await written(pipeline(content, stream), name);
    }
    case "block-device":
    case "character-device":
    case "fifo":
      throw new AppError("bad-data", `unsafe entry in the release: ${JSON.stringify(name)} is a ${type}`, {
        hint: "Tell the publisher.",
      });
    default:
      throw new AppError("bad-data", `unknown kind of entry in the release: ${JSON.stringify(name)}`, {
        hint: "Tell the publisher.",
      });
  }
}

async function written(writing: Promise<void>, path: string): Promise<void> {
  try {
    await writing;
  } catch (error) {
    throw diskError(error, path);
  }
}

interface Meter {
  /** A step of a pipeline that counts, and throws when the release grows beyond all measure. */
  open(): Transform;
  total(): number;
}

function openMeter(limit: number): Meter {
  let total = 0;
  return {
    total: () => total,
    open: () =>
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          total += chunk.byteLength;
          if (total <= limit) done(null, chunk);
          else
            done(
              new AppError("bad-data", `the release is larger than ${limit} bytes when unpacked`, {
                hint: "Tell the publisher.",
              }),
            );
        },
      }),
  };
}
