import { createHash } from "node:crypto";
import * as v from "valibot";
import { AppError } from "../errors.ts";
import { REF_NAME } from "../oci/annotations.ts";
import { describe, type Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { parseImageConfig } from "../oci/imageConfig.ts";
import { encodeManifest } from "../oci/manifest.ts";
import { OCI_IMAGE_CONFIG, OCI_LAYER_TAR, OCI_MANIFEST } from "../oci/mediaTypes.ts";
import { parseJsonAs } from "../oci/parse.ts";
import { sniffCompression } from "./decompressLayer.ts";
import { type ArchiveContent, readPart, readSmall } from "./tarContent.ts";
import type { TarFile, TarIndex } from "./tarIndex.ts";

const words = v.nullish(v.array(v.string()), []);
const imagesSchema = v.array(v.object({ Config: v.string(), RepoTags: words, Layers: words }));

/**
 * Reads what `docker save` writes (moby image/spec v1.2, "Combined Image JSON + Filesystem Changeset Format"). It names
 * no digests of layers, so each is hashed once; its manifests are made here, always the same for the same archive.
 *
 * @throws AppError `bad-data`.
 */
export async function readDockerArchive(path: string, files: TarIndex, list: TarFile): Promise<ArchiveContent> {
  const images = parseJsonAs(imagesSchema, await readSmall(path, list), "manifest.json");
  const contents = new Map<Digest, TarFile | Uint8Array>();
  const layers = new Map<string, Descriptor>();
  const manifests: Descriptor[] = [];
  for (const { Config, RepoTags, Layers } of images) {
    const config = await readSmall(path, find(Config));
    const described = await describeLayers(Layers);
    checkLayers(config, described, Layers);
    const bytes = encodeManifest({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe(OCI_IMAGE_CONFIG, config),
      layers: described,
    });
    contents.set(digestOf(config), config).set(digestOf(bytes), bytes);
    const manifest = describe(OCI_MANIFEST, bytes);
    if (RepoTags.length === 0) manifests.push(manifest);
    for (const name of RepoTags) manifests.push({ ...manifest, annotations: { [REF_NAME]: name } });
  }
  return { manifests, find: (digest) => contents.get(digest) };

  function find(name: string): TarFile {
    const found = files.get(name.replace(/^(\.?\/)+/, ""));
    if (found !== undefined) return found;
    throw new AppError("bad-data", `manifest.json names ${JSON.stringify(name.slice(0, 200))}, which is not in it`);
  }

  async function describeLayers(names: readonly string[]): Promise<Descriptor[]> {
    const described: Descriptor[] = [];
    for (const name of names) {
      const layer = layers.get(name) ?? (await describeLayer(path, find(name)));
      layers.set(name, layer);
      contents.set(layer.digest, find(name));
      described.push(layer);
    }
    return described;
  }
}

/** The config has the digests of layers without compression: nothing else in such an archive would show damage. */
function checkLayers(config: Uint8Array, layers: readonly Descriptor[], names: readonly string[]): void {
  const diffIds = parseImageConfig(config).rootfs?.diff_ids ?? [];
  if (diffIds.length !== layers.length) return;
  for (const [position, { digest, mediaType }] of layers.entries()) {
    const expected = diffIds[position];
    if (mediaType === OCI_LAYER_TAR && digest !== expected)
      throw new AppError("bad-data", `${names[position]} is wrong: expected ${expected}, got ${digest}`);
  }
}

async function describeLayer(path: string, file: TarFile): Promise<Descriptor> {
  const hash = createHash("sha256");
  let head: Uint8Array | undefined;
  for await (const chunk of readPart(path, file, 0)) {
    head ??= chunk;
    hash.update(chunk);
  }
  const compression = sniffCompression(head ?? new Uint8Array());
  const mediaType = compression === "none" ? OCI_LAYER_TAR : `${OCI_LAYER_TAR}+${compression}`;
  return { mediaType, digest: `sha256:${hash.digest("hex")}`, size: file.size };
}
