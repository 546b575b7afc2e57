import { mkdtemp, rm } from "node:fs/promises";
import { AppError, diskError } from "../errors.ts";
import { copyGraph, type CopyEvent } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf, openHash } from "../oci/digest.ts";
import { parseImageConfig } from "../oci/imageConfig.ts";
import { childrenOf, type ImageManifest, MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { type Bytes, contentOf, fetchBytes, type Storage } from "../oci/storage.ts";
import { decompressLayer } from "./decompressLayer.ts";
import { type Layout, openLayout } from "./layout.ts";
import { openTarWriter, type TarWriter } from "./tarWriter.ts";

export interface DockerArchiveOptions {
  readonly source: Storage;
  /** The image's manifest, and what it is known by. */
  readonly root: Descriptor;
  readonly manifest: ImageManifest;
  /** What the image will be called, such as `docker.io/library/alpine:3.20`. */
  readonly names: readonly string[];
  /** Whether a file that exists may be replaced. */
  readonly replace: boolean;
  readonly concurrency?: number | undefined;
  readonly onEvent?: (event: CopyEvent) => void;
}

/**
 * Writes an image as `docker load` wants it (moby image/spec v1.2): its config, its layers without compression, and a
 * list. Layers travel side by side into a folder beside the file, and are checked against the config's digests as they
 * are put together.
 *
 * @throws AppError `usage` for what is no image, `bad-data`, `cannot-create`.
 */
export async function writeDockerArchive(file: string, options: DockerArchiveOptions): Promise<void> {
  const { manifest, source, names } = options;
  checkNames(names);
  const config = await fetchBytes(source, manifest.config, { limit: MAX_MANIFEST_BYTES });
  const diffIds = readDiffIds(config, manifest);
  await using writer = await openTarWriter(file, options);
  const folder = await mkdtemp(`${writer.path}-layers-`).catch((error: unknown) => {
    throw diskError(error, file);
  });
  try {
    const layout = await openLayout(folder);
    await copyGraph(source, layout, options.root, {
      selectChildren: () => childrenOf(manifest),
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
      concurrency: options.concurrency,
    });
    const configName = `${encodedOf(manifest.config.digest)}.json`;
    const layers = await writeLayers(writer, layout, { layers: manifest.layers, diffIds });
    await addSmall(writer, configName, config);
    const list = [{ Config: configName, RepoTags: names.length === 0 ? null : names, Layers: layers }];
    await addSmall(writer, "manifest.json", new TextEncoder().encode(`${JSON.stringify(list)}\n`));
    await writer.finish();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `docker load` takes for a name (distribution/reference), host or not. */
const NAME = /^[a-z0-9][a-z0-9.:_/-]*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    if (!NAME.test(name)) {
      throw new AppError("usage", `${JSON.stringify(name)} is no name for an image that docker could load`, {
        hint: "Write NAME:TAG, for example app:1.0 or docker.io/library/app:1.0.",
      });
    }
  }
}

function readDiffIds(config: Uint8Array, { config: descriptor, layers }: ImageManifest): readonly Digest[] {
  const hint = "Take the files themselves, or write an image layout with: --format oci-layout";
  let diffIds: readonly Digest[] | undefined | null;
  try {
    diffIds = parseImageConfig(config).rootfs?.diff_ids;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  if (diffIds === undefined || diffIds === null) {
    throw new AppError("usage", `this is no image that docker could load: its config is ${descriptor.mediaType}`, {
      hint,
    });
  }
  if (diffIds.length !== layers.length) {
    throw new AppError(
      "usage",
      `this is no image that docker could load: its config knows ${diffIds.length} layers, its manifest ${layers.length}`,
      { hint },
    );
  }
  return diffIds;
}

async function writeLayers(
  writer: TarWriter,
  layout: Layout,
  { layers, diffIds }: { readonly layers: readonly Descriptor[]; readonly diffIds: readonly Digest[] },
): Promise<string[]> {
  const names: string[] = [];
  for (const [position, layer] of layers.entries()) {
    const diffId = diffIds[position] ?? layer.digest;
    const name = `${encodedOf(diffId)}.tar`;
    // The same layer twice is written once.
    if (!names.includes(name)) await writer.append(name, checked(decompressLayer(layout.fetch(layer)), diffId));
    names.push(name);
  }
  return names;
}

/** Passes the bytes on, and throws at their end unless they are the diff id's. */
async function* checked(content: Bytes, diffId: Digest): Bytes {
  const hash = openHash(diffId);
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = `${algorithmOf(diffId)}:${hash.digest("hex")}`;
  if (actual !== diffId) {
    throw new AppError("bad-data", `wrong layer: the image's config says ${diffId}, and it unpacks to ${actual}`, {
      hint: "Whoever made the image must push it again.",
    });
  }
}

async function addSmall(writer: TarWriter, name: string, bytes: Uint8Array): Promise<void> {
  await writer.add(name, bytes.byteLength, contentOf(bytes)(0));
}
