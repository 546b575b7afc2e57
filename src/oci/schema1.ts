import * as v from "valibot";
import { AppError } from "../errors.ts";
import { describe, type Descriptor, digestSchema } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { encodeManifest } from "./manifest.ts";
import { DOCKER_LAYER_GZIP, OCI_IMAGE_CONFIG, OCI_MANIFEST } from "./mediaTypes.ts";
import { parseJson, parseJsonAs, parseValueAs } from "./parse.ts";
import type { FetchedManifest } from "./storage.ts";

const words = v.nullish(v.array(v.string()));
const text = v.nullish(v.string());
const compatibilitySchema = v.object({
  created: text,
  author: text,
  comment: text,
  os: text,
  architecture: text,
  throwaway: v.nullish(v.boolean()),
  // The same object as in a config of today: whatever else it says is kept (User, Labels, Volumes ...).
  config: v.nullish(v.looseObject({ Entrypoint: words, Cmd: words, Env: words, WorkingDir: text })),
  container_config: v.nullish(v.object({ Cmd: words })),
});
type Compatibility = v.InferOutput<typeof compatibilitySchema>;

const schema1Schema = v.object({
  schemaVersion: v.literal(1),
  name: v.optional(v.string(), ""),
  tag: v.optional(v.string(), ""),
  architecture: v.optional(v.string(), "amd64"),
  fsLayers: v.pipe(v.array(v.object({ blobSum: digestSchema })), v.maxLength(1000)),
  history: v.pipe(v.array(v.object({ v1Compatibility: v.string() })), v.maxLength(1000)),
});

/** Docker's manifest before schema 2: registry spec manifest-v2-1. It names neither sizes nor a config. */
export interface Schema1 {
  readonly architecture: string;
  readonly os: string;
  /** Blobs in the order in which they lie over each other, those that hold nothing left out. */
  readonly layers: readonly Digest[];
  /** What the newest layer says of the image. */
  readonly image: Compatibility;
  /** How the image was made, the first step first, as a config of today has it. */
  readonly history: readonly Step[];
}

/** image-spec config.md "history". */
interface Step {
  readonly created?: string;
  readonly author?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: true;
}

// A gzip of an empty tar, which Docker wrote for steps that changed no file.
const EMPTY_LAYER = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";

/** @throws AppError `bad-data`. */
export function parseSchema1(bytes: Uint8Array): Schema1 {
  const { architecture, fsLayers, history } = parseJsonAs(schema1Schema, bytes, "manifest");
  if (fsLayers.length !== history.length || fsLayers.length === 0) {
    throw new AppError("bad-data", `manifest: ${fsLayers.length} layers and ${history.length} entries of history`);
  }
  const entries = history.map(({ v1Compatibility }, index) =>
    parseValueAs(
      compatibilitySchema,
      parseJson(new TextEncoder().encode(v1Compatibility), `manifest: history[${index}]`),
      `manifest: history[${index}]`,
    ),
  );
  // The newest comes first.
  const steps = entries.map((entry, index) => {
    const digest = fsLayers[index]?.blobSum;
    return { entry, layer: entry.throwaway === true || digest === EMPTY_LAYER ? undefined : digest };
  });
  const [image = {}] = entries;
  return {
    architecture: image.architecture ?? architecture,
    os: image.os ?? "linux",
    layers: steps.flatMap(({ layer }) => layer ?? []).toReversed(),
    image,
    history: steps.map(({ entry, layer }) => stepOf(entry, layer === undefined)).toReversed(),
  };
}

function stepOf({ created, author, comment, container_config: made }: Compatibility, empty: boolean): Step {
  const command = made?.Cmd?.join(" ") ?? "";
  return {
    ...(typeof created === "string" ? { created } : {}),
    ...(typeof author === "string" ? { author } : {}),
    ...(command === "" ? {} : { created_by: command }),
    ...(typeof comment === "string" ? { comment } : {}),
    ...(empty ? { empty_layer: true } : {}),
  };
}

const signedSchema = v.object({ signatures: v.nullish(v.array(v.object({ protected: v.string() }))) });
const protectedSchema = v.object({ formatLength: v.number(), formatTail: v.string() });

/**
 * The bytes that a signed manifest's digest is of: the body before its signatures were put into it (libtrust's JSON
 * signatures). The signatures themselves are by keys that nobody knows, and are not checked.
 *
 * @throws AppError `bad-data`.
 */
export function payloadOf(bytes: Uint8Array): Uint8Array {
  const [signature] = parseJsonAs(signedSchema, bytes, "manifest").signatures ?? [];
  if (signature === undefined) return bytes;
  const header = Buffer.from(signature.protected, "base64url");
  const { formatLength, formatTail } = parseJsonAs(protectedSchema, header, "manifest: signatures[0].protected");
  if (!Number.isInteger(formatLength) || formatLength < 0 || formatLength > bytes.byteLength)
    throw new AppError("bad-data", "manifest: signatures[0].protected: formatLength makes no sense");
  return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, "base64url")]);
}

export interface ConvertedImage {
  readonly manifest: FetchedManifest;
  readonly config: FetchedManifest;
}

/**
 * The same image as an OCI manifest, whose digest is another. Sizes come from the registry.
 *
 * @param diffIds digests of the layers without compression, where they are known: what docker wants to load an image.
 */
export function convertSchema1(
  { architecture, os, image, layers, history }: Schema1,
  sizes: ReadonlyMap<Digest, number>,
  diffIds: readonly Digest[] = [],
): ConvertedImage {
  const descriptors = layers.map((digest): Descriptor => ({
    mediaType: DOCKER_LAYER_GZIP,
    digest,
    size: sizes.get(digest) ?? 0,
  }));
  const config = encodeManifest({
    ...(typeof image.created === "string" ? { created: image.created } : {}),
    ...(typeof image.author === "string" ? { author: image.author } : {}),
    architecture,
    os,
    config: image.config ?? {},
    rootfs: { type: "layers", diff_ids: diffIds },
    history,
  });
  const configDescriptor = describe(OCI_IMAGE_CONFIG, config);
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: configDescriptor,
    layers: descriptors,
  });
  return {
    manifest: { descriptor: describe(OCI_MANIFEST, bytes), bytes },
    config: { descriptor: configDescriptor, bytes: config },
  };
}
