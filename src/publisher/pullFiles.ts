import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { openLayout } from "../archive/layout.ts";
import { diskError } from "../errors.ts";
import { copyGraph, type CopyEvent } from "../oci/copy.ts";
import { childrenOf, type ImageManifest } from "../oci/manifest.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Bytes, FetchedManifest, Storage } from "../oci/storage.ts";
import { readRelease, type ReleaseFiles } from "../release/readRelease.ts";
import { unpackFiles, type Unpacked } from "../release/unpack.ts";
import { makeFolder, placeFiles } from "./placeFiles.ts";

export interface PullFilesOptions {
  readonly source: Storage;
  readonly root: FetchedManifest;
  readonly manifest: ImageManifest;
  /** Where the files go; made when it is not there. */
  readonly directory: string;
  /** Node's name of the system, which decides what file names are possible. */
  readonly platform: NodeJS.Platform;
  /** Whether files that are there with other content may be replaced. */
  readonly replace: boolean;
  readonly concurrency: number | undefined;
  readonly onEvent: (event: CopyEvent) => void;
}

/**
 * Writes a manifest's files into a folder. All is fetched, verified and unpacked beside first: nothing half is ever
 * seen under its own name.
 */
export async function pullFiles(options: PullFilesOptions): Promise<Unpacked> {
  const { directory } = options;
  const files = readRelease(options.manifest, { archives: "keep", untitled: "name" });
  await makeFolder(directory);
  const staging = await mkdtemp(join(directory, ".slipway-pull-")).catch((error: unknown) => {
    throw diskError(error, directory);
  });
  try {
    const content = join(staging, "files");
    await mkdir(content);
    const unpacked = isLayered(files)
      ? await unpackLayered(files, { ...options, directory: content, blobs: join(staging, "blobs") })
      : await unpackStraight(files, { ...options, directory: content });
    await placeFiles(content, directory, options);
    return unpacked;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** An image's layers lie over each other, and are unpacked in their order. */
function isLayered({ layers }: ReleaseFiles): boolean {
  return layers.some((layer) => layer.kind === "archive" && layer.whiteouts);
}

/** Layers travel side by side into a layout, and are unpacked from there. */
async function unpackLayered(
  files: ReleaseFiles,
  { blobs, source, root, manifest, ...options }: PullFilesOptions & { readonly blobs: string },
): Promise<Unpacked> {
  const layout = await openLayout(blobs);
  const { concurrency, onEvent } = options;
  await copyGraph(source, layout, root.descriptor, {
    onEvent,
    selectChildren: () => childrenOf(manifest),
    concurrency,
  });
  return await unpackFiles({ files, blobs: { open: (layer, signal) => layout.fetch(layer, { signal }) }, ...options });
}

/** Files are written as they arrive. */
async function unpackStraight(
  files: ReleaseFiles,
  { source, onEvent, ...options }: PullFilesOptions,
): Promise<Unpacked> {
  for (const { descriptor } of files.layers) onEvent({ kind: "queued", size: descriptor.size });
  const unpacked = await unpackFiles({
    files,
    blobs: { open: (layer, signal) => watched(source.fetch(layer, { signal }), layer, onEvent) },
    onLayer: (descriptor) => onEvent({ kind: "done", descriptor }),
    ...options,
  });
  return unpacked;
}

async function* watched(content: Bytes, descriptor: Descriptor, onEvent: PullFilesOptions["onEvent"]): Bytes {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    onEvent({ kind: "progress", descriptor, bytes });
    yield chunk;
  }
}
