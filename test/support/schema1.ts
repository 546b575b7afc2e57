import { gzipSync } from "node:zlib";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { tarOf, type TarEntry } from "../unit/release/layers.ts";

export interface Schema1Sample {
  /** The body as a registry serves it, signatures included. */
  readonly body: Buffer;
  /** Of the part that was signed. */
  readonly digest: Digest;
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

const EMPTY = gzipSync(Buffer.alloc(1024));

/** An image as Docker Hub served it before 2016: newest layer first, steps without content, a JSON signature. */
export async function makeSchema1(layers: readonly (readonly TarEntry[])[], config: unknown): Promise<Schema1Sample> {
  const blobs = new Map<Digest, Buffer>([[digestOf(EMPTY), EMPTY]]);
  const sums: Digest[] = [];
  for (const entries of layers) {
    const blob = gzipSync(await tarOf(entries));
    blobs.set(digestOf(blob), blob);
    sums.unshift(digestOf(blob));
  }
  const history = sums.map((_, index) => ({
    v1Compatibility: JSON.stringify({
      id: String(index),
      os: "linux",
      architecture: "amd64",
      config: index === 0 ? config : {},
    }),
  }));
  const manifest = {
    schemaVersion: 1,
    name: "library/hitch",
    tag: "1.8.0-1",
    architecture: "amd64",
    // A step that changed no file, between the newest and the others.
    fsLayers: [sums[0], digestOf(EMPTY), ...sums.slice(1)].map((blobSum) => ({ blobSum })),
    history: [
      { ...history[0] },
      { v1Compatibility: JSON.stringify({ id: "throwaway", throwaway: true }) },
      ...history.slice(1),
    ],
  };
  const payload = JSON.stringify(manifest, undefined, 3);
  const head = payload.slice(0, -2);
  const header = { formatLength: head.length, formatTail: Buffer.from("\n}").toString("base64url"), time: "2016" };
  const signature = {
    header: { alg: "ES256" },
    signature: "c2lnbmF0dXJl",
    protected: Buffer.from(JSON.stringify(header)).toString("base64url"),
  };
  const body = Buffer.from(`${head},\n   "signatures": ${JSON.stringify([signature])}\n}`);
  return { body, digest: digestOf(Buffer.from(payload)), blobs };
}
