import { TITLE } from "../oci/annotations.ts";
import { concurrencyOf } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf } from "../oci/digest.ts";
import { openSlots, settleAll } from "../oci/slots.ts";
import type { Bytes } from "../oci/storage.ts";
import { type Plain, plainOf } from "./delta.ts";
import { chooseEntrypoint } from "./entrypoint.ts";
import { type ArchivedEntry, extractArchive } from "./extract.ts";
import type { FileContent } from "./fileTree.ts";
import { openLayer, promisedContent } from "./layerContent.ts";
import { type Meter, openMeter } from "./meter.ts";
import { openAhead } from "./openAhead.ts";
import type { ReleaseFiles, ReleaseLayer } from "./readRelease.ts";
import { openTree, type TreeWriter } from "./writeTree.ts";
import { writeContent } from "./writeContent.ts";
import { written } from "./writing.ts";

/** Most bytes that a release may have when unpacked, where its layers do not say. */
const MAX_UNPACKED_BYTES = 16 * 1024 ** 3;

/** Most entries of one: an archive of millions of empty files fills a disk's tables, not its space. */
const MAX_ENTRIES = 200_000;

export interface UnpackOptions {
  readonly files: ReleaseFiles;
  /** Verified content of layers. */
  readonly blobs: { open(descriptor: Descriptor, signal: AbortSignal): Bytes };
  /** An existing, empty directory. */
  readonly directory: string;
  readonly platform: NodeJS.Platform;
  /** How many files are written at once; {@link concurrencyOf} unless given. */
  readonly concurrency?: number | undefined;
  /** Bytes when unpacked; {@link MAX_UNPACKED_BYTES} unless given. */
  readonly maxBytes?: number;
  /** Files, folders and links; {@link MAX_ENTRIES} unless given. */
  readonly maxEntries?: number;
  /** Told when a layer is all there. */
  readonly onLayer?: (descriptor: Descriptor) => void;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

/** What one layer became. */
export interface UnpackedLayer {
  /** The file, or the folder that an archive was unpacked into. */
  readonly path: string;
  /** How many files an archive had. */
  readonly files: number;
  /** Of the file as it was written, or of an archive's layer. */
  readonly digest: Digest;
  readonly kind: "file" | "archive";
  /** Bytes of what {@link digest} is of. */
  readonly size: number;
}

export interface Unpacked {
  readonly layers: readonly UnpackedLayer[];
  readonly bytes: number;
  readonly files: number;
}

/** An archive that was unpacked, of which the same could be made again. */
export interface UnpackedArchive extends Plain {
  readonly entries: readonly ArchivedEntry[];
}

export interface Materialized {
  /** Relative path of the program, with "/". */
  readonly executable: string;
  readonly archives: readonly UnpackedArchive[];
  /** What was written, by the file's path; a copy that stands for a hard link is not among it. */
  readonly contents: ReadonlyMap<string, FileContent>;
  readonly bytes: number;
  readonly files: number;
}

/**
 * Writes a release's files and finds its program. On any error the directory holds rubbish and is the caller's to throw
 * away.
 *
 * @throws AppError as {@link unpackFiles}, and `bad-data` when no file is the program.
 */
export async function materialize(options: UnpackOptions): Promise<Materialized> {
  const { tree, meter, archives } = await writeLayers(options, { hash: true });
  const { files, directory, platform } = options;
  const { entrypoint: wanted, commands } = files;
  const executable = await chooseEntrypoint({ directory, wanted, commands, tree, platform });
  const written = tree.files();
  const contents = new Map(written.flatMap(({ path, content }) => (content === undefined ? [] : [[path, content]])));
  return { executable, archives, contents, bytes: meter.total(), files: written.length };
}

/**
 * Writes a release's files: decompress, verify, write in one pass, with flat memory. Files of their own are written
 * side by side, archives one after the other.
 *
 * @throws AppError `bad-data` for content that is wrong, unsafe or too large; `io`, `cannot-create` for the disk.
 */
export async function unpackFiles(options: UnpackOptions): Promise<Unpacked> {
  const { tree, meter, layers } = await writeLayers(options, { hash: false });
  return { layers, bytes: meter.total(), files: tree.files().length };
}

interface Written {
  readonly tree: TreeWriter;
  readonly meter: Meter;
  readonly layers: readonly UnpackedLayer[];
  readonly archives: readonly UnpackedArchive[];
}

/** @param way.hash whether the digest of each file is wanted. */
async function writeLayers(options: UnpackOptions, { hash }: { readonly hash: boolean }): Promise<Written> {
  const { files, blobs, directory, platform } = options;
  const replace = files.layers.some((layer) => layer.kind === "archive" && layer.whiteouts);
  const meter = openMeter(options.maxBytes ?? MAX_UNPACKED_BYTES);
  const tree = openTree(directory, {
    platform,
    replace,
    maxEntries: options.maxEntries ?? MAX_ENTRIES,
    grow: (bytes) => meter.add(bytes),
  });
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  // One failure ends it all: nobody waits for the others' bytes.
  const fail = (error: unknown): never => {
    abort.abort(error);
    throw error;
  };
  const atOnce = options.concurrency ?? concurrencyOf(files.layers.map((layer) => layer.descriptor));
  const slot = openSlots(atOnce, { signal, fail });
  // Places in the tree are taken one after the other, in the order of layers; only contents stream side by side.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = async <Value>(act: () => Promise<Value>): Promise<Value> => {
    const mine = turn.then(act);
    turn = mine.catch(() => undefined);
    return await mine;
  };

  const layers: UnpackedLayer[] = [];
  const archives: UnpackedArchive[] = [];
  let writing: Promise<void>[] = [];
  try {
    for (const [position, layer] of files.layers.entries()) {
      if (layer.kind === "file") writing.push(slot(async () => void (layers[position] = await writeFile(layer))));
      else {
        await settleAll(writing);
        writing = [];
        layers[position] = await writeArchive(layer).catch(fail);
      }
    }
    await settleAll(writing);
  } catch (error) {
    await Promise.allSettled(writing);
    // What failed first is why the others were called off, whatever they say of it.
    throw signal.aborted ? signal.reason : error;
  }
  return { tree, meter, layers, archives };

  async function writeFile(layer: ReleaseLayer & { readonly kind: "file" }): Promise<UnpackedLayer> {
    // Asked for while the file is being made.
    await using content = openAhead(openLayer(layer, blobs.open(layer.descriptor, signal)));
    const { descriptor, node } = await inTurn(async () => {
      tree.beginLayer();
      return await tree.file(layer.path, layer);
    });
    const promised = promisedContent(layer)?.digest;
    const sha256 = promised === undefined ? undefined : sha256Of(promised);
    node.content = await written(writeContent(descriptor, content, { grow: meter.add, sha256, hash }), layer.path);
    options.onLayer?.(layer.descriptor);
    return {
      path: layer.path,
      kind: "file",
      files: 1,
      digest: promised ?? layer.descriptor.digest,
      size: node.content.size,
    };
  }

  async function writeArchive(layer: ReleaseLayer & { readonly kind: "archive" }): Promise<UnpackedLayer> {
    tree.beginLayer();
    const before = tree.files().length;
    const content = openLayer(layer, blobs.open(layer.descriptor, signal));
    const entries = await extractArchive(tree, content, { whiteouts: layer.whiteouts, meter, hash });
    const plain = layer.whiteouts ? undefined : plainOf(layer);
    if (plain !== undefined && entries !== undefined) archives.push({ ...plain, entries });
    options.onLayer?.(layer.descriptor);
    const { annotations, digest, size } = layer.descriptor;
    return {
      path: layer.whiteouts ? "." : (annotations?.[TITLE] ?? "."),
      kind: "archive",
      files: Math.max(0, tree.files().length - before),
      digest,
      size,
    };
  }
}

function sha256Of(digest: Digest): string | undefined {
  return algorithmOf(digest) === "sha256" ? encodedOf(digest) : undefined;
}
