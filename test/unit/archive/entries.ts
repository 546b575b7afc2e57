import { digestOf, encodedOf } from "../../../src/oci/digest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { type TaggedStorage } from "../../../src/oci/storage.ts";
import { collect } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { encodeConfig } from "./images.ts";
import { type Entry } from "./tars.ts";

export const MARKER: Entry = { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' };
export const REF_NAME = "org.opencontainers.image.ref.name";

export function blobEntry(bytes: Uint8Array): Entry {
  return { name: `blobs/sha256/${encodedOf(digestOf(bytes))}`, content: bytes };
}

export function indexEntry(manifests: readonly unknown[]): Entry {
  return { name: "index.json", content: JSON.stringify({ schemaVersion: 2, manifests }) };
}

/** An image layout with a release of two platforms, tagged 1.0.0, as skopeo lists it. */
export async function layoutEntries(): Promise<Entry[]> {
  const source = openMemory();
  const contents: Uint8Array[] = [];
  const recording: TaggedStorage = {
    ...source,
    async push(expected, content, options) {
      contents.push(await collect(content(0)));
      await source.push(expected, content, options);
    },
  };
  const index = await pushSample(recording, { tag: "1.0.0" });
  return [MARKER, indexEntry([{ ...index, annotations: { [REF_NAME]: "1.0.0" } }]), ...contents.map(blobEntry)];
}

export async function dockerEntries(
  images: readonly { readonly tags: readonly string[] | null; readonly layers: readonly string[] }[],
): Promise<Entry[]> {
  const list = images.map(({ tags, layers }) => {
    const config = encodeConfig(layers.map((layer) => digestOf(Buffer.from(layer))));
    const name = `${encodedOf(digestOf(config))}.json`;
    return { config, name, image: { Config: name, RepoTags: tags, Layers: layers.map(layerName) } };
  });
  return [
    ...images.flatMap(({ layers }) => layers.map((layer) => ({ name: layerName(layer), content: layer }))),
    ...list.map(({ name, config }) => ({ name, content: config })),
    { name: "manifest.json", content: JSON.stringify(list.map(({ image }) => image)) },
  ];
}

function layerName(layer: string): string {
  return `${encodedOf(digestOf(Buffer.from(layer)))}.tar`;
}
