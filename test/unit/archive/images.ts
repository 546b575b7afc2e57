import { gzipSync, zstdCompressSync } from "node:zlib";
import { formatTarHeaders, padding, TAR_END } from "../../../src/archive/tarHeader.ts";
import { describe, type Descriptor } from "../../../src/oci/descriptor.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { encodeManifest, type ImageManifest, parseManifest } from "../../../src/oci/manifest.ts";
import { OCI_IMAGE_CONFIG, OCI_LAYER_TAR, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { contentOf, type TaggedStorage } from "../../../src/oci/storage.ts";

export type ImageLayer = "none" | "gzip" | "zstd";

export interface PushedImage {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: Uint8Array;
  /** Layers without compression, in their order. */
  readonly layers: readonly Buffer[];
}

/** Pushes an image as a builder makes it, with a layer for each compression. */
export async function pushImage(
  storage: TaggedStorage,
  options: {
    readonly tag: string;
    readonly compressions: readonly ImageLayer[];
    /** What the config says instead of the layers' own digests. */
    readonly diffIds?: readonly Digest[];
  },
): Promise<PushedImage> {
  const layers = options.compressions.map((_, position) =>
    layerOf(`file-${position}`, `${options.tag}\n`.repeat(5000)),
  );
  const config = encodeConfig(options.diffIds ?? layers.map((layer) => digestOf(layer)));
  const described = [];
  for (const [position, compression] of options.compressions.entries()) {
    const bytes = compress(layers[position] ?? Buffer.alloc(0), compression);
    const layer = describe(`${OCI_LAYER_TAR}${compression === "none" ? "" : `+${compression}`}`, bytes);
    await storage.push(layer, contentOf(bytes));
    described.push(layer);
  }
  await storage.push(describe(OCI_IMAGE_CONFIG, config), contentOf(config));
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(OCI_IMAGE_CONFIG, config),
    layers: described,
  });
  const descriptor = describe(OCI_MANIFEST, bytes);
  await storage.push(descriptor, contentOf(bytes), { tag: options.tag });
  const manifest = parseManifest(bytes, OCI_MANIFEST);
  if (manifest.kind !== "image") throw new Error("it is no image");
  return { descriptor, manifest, config, layers };
}

export function encodeConfig(diffIds: readonly Digest[]): Uint8Array {
  return Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: diffIds } }),
  );
}

function layerOf(name: string, content: string): Buffer {
  return Buffer.concat([
    formatTarHeaders(name, content.length),
    Buffer.from(content),
    padding(content.length),
    TAR_END,
  ]);
}

function compress(bytes: Buffer, compression: ImageLayer): Buffer {
  if (compression === "none") return bytes;
  return compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes);
}
