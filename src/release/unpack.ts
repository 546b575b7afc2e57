import { pipeline } from "node:stream/promises";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Bytes } from "../oci/storage.ts";
import { chooseEntrypoint } from "./entrypoint.ts";
import { extractArchive } from "./extract.ts";
import { openLayer } from "./layerContent.ts";
import { openMeter } from "./meter.ts";
import type { ReleaseFiles } from "./readRelease.ts";
import { openTree } from "./writeTree.ts";
import { written } from "./writing.ts";

/** Most bytes that a release may have when unpacked, where its layers do not say. */
const MAX_UNPACKED_BYTES = 16 * 1024 ** 3;

/** Most entries of one: an archive of millions of empty files fills a disk's tables, not its space. */
const MAX_ENTRIES = 200_000;

export interface MaterializeOptions {
  readonly files: ReleaseFiles;
  /** Verified content of layers. */
  readonly blobs: { open(descriptor: Descriptor): Bytes };
  /** An existing, empty directory. */
  readonly directory: string;
  readonly platform: NodeJS.Platform;
  /** Bytes when unpacked; {@link MAX_UNPACKED_BYTES} unless given. */
  readonly maxBytes?: number;
  /** Files, folders and links; {@link MAX_ENTRIES} unless given. */
  readonly maxEntries?: number;
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
  const meter = openMeter(options.maxBytes ?? MAX_UNPACKED_BYTES);
  const tree = openTree(directory, {
    platform,
    replace,
    maxEntries: options.maxEntries ?? MAX_ENTRIES,
    grow: (bytes) => meter.add(bytes),
  });
  for (const layer of files.layers) {
    tree.beginLayer();
    const content = openLayer(layer, blobs.open(layer.descriptor));
    if (layer.kind === "archive") await extractArchive(tree, content, { whiteouts: layer.whiteouts, meter });
    else {
      const stream = await tree.file(layer.path, layer);
      await written(pipeline(content, meter.open(), stream), layer.path);
    }
  }
  const executable = await chooseEntrypoint({ directory, wanted: files.entrypoint, tree, platform });
  return { executable, bytes: meter.total(), files: tree.files().length };
}
