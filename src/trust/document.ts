import { AppError } from "../errors.ts";
import { describe, type Descriptor } from "../oci/descriptor.ts";
import { encodeManifest, parseManifest } from "../oci/manifest.ts";
import { OCI_IMAGE_CONFIG, OCI_MANIFEST } from "../oci/mediaTypes.ts";
import { type FetchedManifest, fetchBytes, type Storage, type TaggedStorage, verifyWhole } from "../oci/storage.ts";
import { encodeEnvelope, type Envelope, MAX_ENVELOPE_BYTES, parseEnvelope } from "./dsse.ts";

/** A small file under a tag of its own, and what has to be in the registry before its manifest. */
export interface ComposedDocument {
  readonly manifest: FetchedManifest;
  readonly blobs: readonly FetchedManifest[];
}

/**
 * A manifest with the document inlined in the layer's `data` (image-spec descriptor.md "Embedded Content"), so that one
 * request gets it. In the shape that cosign has its signatures in, a plain image config and no artifactType, which
 * every registry takes.
 */
export function composeDocument(envelope: Envelope): ComposedDocument {
  const bytes = Buffer.from(encodeEnvelope(envelope));
  const layer = describe(envelope.payloadType, bytes, { data: bytes.toString("base64") });
  return composeLayers([{ descriptor: layer, bytes }]);
}

/** The same for layers that are made already. */
export function composeLayers(layers: readonly FetchedManifest[]): ComposedDocument {
  const config = encodeManifest({
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
  });
  const configDescriptor = describe(OCI_IMAGE_CONFIG, config);
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return {
    manifest: { descriptor: describe(OCI_MANIFEST, bytes), bytes },
    blobs: [{ descriptor: configDescriptor, bytes: config }, ...layers],
  };
}

/**
 * The envelope under a tag. @throws AppError `not-found`; `bad-data` when it is something else.
 *
 * @param payloadType what the document has to be.
 */
export async function fetchDocument(
  source: TaggedStorage,
  tag: string,
  { payloadType, signal }: { readonly payloadType: string; readonly signal?: AbortSignal | undefined },
): Promise<Envelope> {
  const options = signal === undefined ? {} : { signal };
  const root = await source.fetchManifest(tag, options);
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  const layers = manifest.kind === "image" ? manifest.layers : [];
  const layer = layers.find(({ mediaType }) => mediaType === payloadType);
  if (layer === undefined) throw new AppError("bad-data", `${tag} holds no ${payloadType}`);
  return parseEnvelope(await readLayer(source, layer, options), tag);
}

/** A layer's bytes, from the manifest itself where they are in it. @throws AppError `bad-data`. */
export async function readLayer(
  source: Storage,
  layer: Descriptor,
  options: { readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  if (layer.data === undefined || layer.size > MAX_ENVELOPE_BYTES)
    return await fetchBytes(source, layer, { limit: MAX_ENVELOPE_BYTES, ...options });
  const bytes = Buffer.from(layer.data, "base64");
  verifyWhole(bytes, layer);
  return bytes;
}
