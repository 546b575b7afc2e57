import * as v from "valibot";
import { AppError } from "../errors.ts";
import { annotationsSchema, type Descriptor, descriptorSchema, mediaTypeSchema } from "./descriptor.ts";
import { DOCKER_SCHEMA1, isIndexType, isManifestType, isSchema1Type, OCI_INDEX, OCI_MANIFEST } from "./mediaTypes.ts";
import { parseJson, parseValueAs, PUBLISH_AGAIN } from "./parse.ts";

/** Registries refuse larger ones, and so do we: distribution-spec "Pushing Manifests" asks for 4 MiB at least. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const common = {
  schemaVersion: v.literal(2),
  mediaType: v.exactOptional(mediaTypeSchema),
  artifactType: v.exactOptional(mediaTypeSchema),
  annotations: v.exactOptional(annotationsSchema),
  subject: v.exactOptional(descriptorSchema),
};
const imageSchema = v.object({ ...common, config: descriptorSchema, layers: v.array(descriptorSchema) });
const indexSchema = v.object({ ...common, manifests: v.array(descriptorSchema) });

/** An image or artifact manifest: image-spec manifest.md, or Docker schema 2. */
export interface ImageManifest extends v.InferOutput<typeof imageSchema> {
  readonly kind: "image";
  readonly mediaType: string;
}

/** An image index: image-spec image-index.md, or a Docker manifest list. */
export interface ImageIndex extends v.InferOutput<typeof indexSchema> {
  readonly kind: "index";
  readonly mediaType: string;
}

export type Manifest = ImageManifest | ImageIndex;

/**
 * Reads manifest bytes strictly. What is not understood is refused, unknown keys and unknown media types of
 * children are not (image-spec considerations.md "Extensibility").
 *
 * @param mediaType what the server or the descriptor said it is; the body must not disagree.
 * @throws AppError `bad-data`.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new AppError(
      "bad-data",
      `manifest: ${bytes.byteLength} bytes is more than the ${MAX_MANIFEST_BYTES} allowed`,
      { hint: PUBLISH_AGAIN },
    );
  }
  const value = parseJson(bytes, "manifest");
  const type = typeOfManifest(value, mediaType);
  if (isIndexType(type)) return { kind: "index", ...parseValueAs(indexSchema, value, "manifest"), mediaType: type };
  if (isManifestType(type)) return { kind: "image", ...parseValueAs(imageSchema, value, "manifest"), mediaType: type };
  if (isSchema1Type(type)) {
    throw new AppError("bad-data", "manifest: this is Docker's old schema 1, which names no sizes to verify", {
      hint: "Whoever publishes the image has to push it again with a current tool.",
      remedy: { kind: "pull-schema1" },
    });
  }
  throw new AppError("bad-data", `manifest: expected an image manifest or index, got ${type}`, { hint: PUBLISH_AGAIN });
}

/** What the content directly refers to, in the order in which it is to be copied. */
export function childrenOf(manifest: Manifest): Descriptor[] {
  return manifest.kind === "index" ? manifest.manifests : [manifest.config, ...manifest.layers];
}

/** The bytes of a manifest are what its digest covers: they are made once and never made again. */
export function encodeManifest(manifest: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(manifest));
}

function typeOfManifest(value: unknown, declared: string | undefined): string {
  const body = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const own = typeof body["mediaType"] === "string" ? body["mediaType"] : undefined;
  // distribution-spec "Pulling manifests": the body's mediaType must match the Content-Type.
  if (own !== undefined && declared !== undefined && isKnown(declared) && own !== declared) {
    throw new AppError("bad-data", `manifest: it was announced as ${declared}, but says it is ${own}`, {
      hint: PUBLISH_AGAIN,
    });
  }
  if (own !== undefined) return own;
  if (declared !== undefined && isKnown(declared)) return declared;
  if (body["schemaVersion"] === 1) return DOCKER_SCHEMA1;
  // image-spec: mediaType is only a SHOULD; old tools leave it out.
  if (Array.isArray(body["manifests"]) && !("layers" in body)) return OCI_INDEX;
  return OCI_MANIFEST;
}

function isKnown(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType) || isSchema1Type(mediaType);
}
