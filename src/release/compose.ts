import { CREATED, ENTRYPOINT, TITLE, UNCOMPRESSED_DIGEST, VERSION } from "../oci/annotations.ts";
import { describe, type Descriptor, EMPTY_DESCRIPTOR, EMPTY_JSON } from "../oci/descriptor.ts";
import { encodeManifest } from "../oci/manifest.ts";
import { APP_ARTIFACT, OCI_IMAGE_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../oci/mediaTypes.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { FetchedManifest } from "../oci/storage.ts";

export interface PlatformManifestOptions {
  readonly platform: Platform;
  readonly layers: readonly Descriptor[];
  /** Relative path of the program to start, with "/". */
  readonly entrypoint?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** For registries that refuse unknown artifact types (GitLab): a plain image config, and no artifactType. */
  readonly compat: boolean;
}

export interface ComposedManifest extends FetchedManifest {
  /** The config blob, which is pushed before the manifest. */
  readonly config: FetchedManifest;
}

/** image-spec manifest.md "Guidelines for Artifact Usage". The same input gives the same bytes. */
export function composePlatformManifest(options: PlatformManifestOptions): ComposedManifest {
  const { layers, entrypoint, compat } = options;
  const config = compat ? composeImageConfig(options) : { descriptor: EMPTY_DESCRIPTOR, bytes: EMPTY_JSON };
  const annotations = { ...options.annotations, ...(entrypoint === undefined ? {} : { [ENTRYPOINT]: entrypoint }) };
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(compat ? {} : { artifactType: APP_ARTIFACT }),
    config: config.descriptor,
    layers,
    ...optionalAnnotations(annotations),
  });
  return { descriptor: describe(OCI_MANIFEST, bytes), bytes, config };
}

export interface ArtifactOptions {
  readonly layers: readonly Descriptor[];
  /** image-spec manifest.md demands one where the config is empty. */
  readonly artifactType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest of files that belong to no platform, as `oras push` writes it. The same input gives the same bytes. */
export function composeArtifactManifest({ layers, artifactType, annotations }: ArtifactOptions): ComposedManifest {
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: EMPTY_DESCRIPTOR,
    layers,
    ...optionalAnnotations({ ...annotations }),
  });
  const config = { descriptor: EMPTY_DESCRIPTOR, bytes: EMPTY_JSON };
  return { descriptor: describe(OCI_MANIFEST, bytes), bytes, config };
}

export interface IndexOptions {
  readonly manifests: readonly { readonly descriptor: Descriptor; readonly platform: Platform }[];
  /** The program's name for people. */
  readonly title: string;
  readonly version: string;
  /** RFC 3339. Left out unless given: a time would give the same content another digest. */
  readonly created?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function composeIndex(options: IndexOptions): FetchedManifest {
  // No artifactType here, and keys in the order in which Go's tools write them: one that reads and writes the index
  // again (skopeo before 1.14 does, when it copies) arrives at the same bytes, and a mirror keeps the digest.
  const manifests = options.manifests
    .map(({ descriptor: { mediaType, digest, size }, platform }) => ({
      mediaType,
      digest,
      size,
      platform: orderPlatform(platform),
    }))
    .sort((a, b) => compareText(formatPlatform(a.platform), formatPlatform(b.platform)));
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests,
    ...optionalAnnotations({
      [TITLE]: options.title,
      [VERSION]: options.version,
      ...(options.created === undefined ? {} : { [CREATED]: options.created }),
      ...options.annotations,
    }),
  });
  return { descriptor: describe(OCI_INDEX, bytes), bytes };
}

function orderPlatform(platform: Platform): Platform {
  const { architecture, os, variant, "os.version": version, "os.features": features } = platform;
  return {
    architecture,
    os,
    ...(version === undefined ? {} : { "os.version": version }),
    ...(features === undefined ? {} : { "os.features": features }),
    ...(variant === undefined ? {} : { variant }),
  };
}

function composeImageConfig({ platform, layers }: PlatformManifestOptions): FetchedManifest {
  const bytes = encodeManifest({
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    // image-spec config.md: digests of what is in the layers before compression.
    rootfs: {
      type: "layers",
      diff_ids: layers.map(({ digest, annotations }) => annotations?.[UNCOMPRESSED_DIGEST] ?? digest),
    },
  });
  return { descriptor: describe(OCI_IMAGE_CONFIG, bytes), bytes };
}

function optionalAnnotations(annotations: Readonly<Record<string, string>>): { annotations?: Record<string, string> } {
  const keys = Object.keys(annotations).sort(compareText);
  return keys.length === 0 ? {} : { annotations: Object.fromEntries(keys.map((key) => [key, annotations[key] ?? ""])) };
}

/** By code unit: a locale must not decide what a digest is. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
