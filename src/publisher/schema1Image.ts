import { createHash } from "node:crypto";
import { decompressLayer } from "../archive/decompressLayer.ts";
import type { Digest } from "../oci/digest.ts";
import { DOCKER_LAYER_GZIP } from "../oci/mediaTypes.ts";
import { overlay } from "../oci/overlay.ts";
import { convertSchema1, parseSchema1 } from "../oci/schema1.ts";
import { openSlots, settleAll } from "../oci/slots.ts";
import type { FetchedManifest, Storage } from "../oci/storage.ts";
import type { Source } from "./place.ts";

export const SCHEMA1_WARNING =
  "this image is in Docker's old schema 1: its manifest names no sizes, and nobody checks its signatures";

const QUESTIONS_SIDE_BY_SIDE = 4;

/** An image of Docker's old schema 1 as today's tools read one. */
export interface Schema1Image {
  readonly root: FetchedManifest;
  /** The source, with what was made of the old manifest laid over it. */
  readonly storage: Storage;
}

/**
 * Asks for what the old manifest does not say: the layers' sizes, and where an archive needs them the digests of what
 * they unpack to, for which every layer is fetched once.
 */
export async function openSchema1Image(
  source: Source,
  { bytes }: FetchedManifest,
  { diffIds: wanted }: { readonly diffIds: boolean },
): Promise<Schema1Image> {
  const schema1 = parseSchema1(bytes);
  const digests = [...new Set(schema1.layers)];
  const sizes = await sizesOf(source, digests);
  const diffIds = new Map<Digest, Digest>();
  if (wanted) for (const digest of digests) diffIds.set(digest, await diffIdOf(source.storage, digest, sizes));
  const { manifest, config } = convertSchema1(
    schema1,
    sizes,
    schema1.layers.flatMap((digest) => diffIds.get(digest) ?? []),
  );
  return { root: manifest, storage: overlay(source.storage, [manifest, config]) };
}

async function sizesOf(source: Source, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, number>> {
  const sizes = new Map<Digest, number>();
  const stop = new AbortController();
  const slot = openSlots(QUESTIONS_SIDE_BY_SIDE, {
    signal: stop.signal,
    fail(error) {
      stop.abort(error);
      throw error;
    },
  });
  await settleAll(
    digests.map(async (digest) => await slot(async () => void sizes.set(digest, await source.blobSize(digest)))),
  );
  return sizes;
}

async function diffIdOf(storage: Storage, digest: Digest, sizes: ReadonlyMap<Digest, number>): Promise<Digest> {
  const hash = createHash("sha256");
  const descriptor = { mediaType: DOCKER_LAYER_GZIP, digest, size: sizes.get(digest) ?? 0 };
  for await (const chunk of decompressLayer(storage.fetch(descriptor))) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
