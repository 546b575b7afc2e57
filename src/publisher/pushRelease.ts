import { SIGNATURE, TITLE } from "../oci/annotations.ts";
import type { CopyEvent } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { FetchedManifest, Storage, TaggedStorage } from "../oci/storage.ts";
import { composeIndex, composePlatformManifest } from "../release/compose.ts";
import type { Compression } from "../release/compression.ts";
import type { Packed } from "../release/pack.ts";
import type { Signer } from "../trust/dsse.ts";
import { isSigned } from "../trust/releaseStatement.ts";
import { type DeltaSum, sumDeltas } from "./deltas/describeDeltas.ts";
import { packInclude, packProgram, type PlatformProgram } from "./packProgram.ts";
import type { SealedIndex } from "./signRelease.ts";
import { openPublication, openStaging, type Published, refuseSameTitles } from "./staging.ts";

export interface ReleaseContent {
  /** With the tag that the release gets. */
  readonly reference: Reference;
  readonly version: string;
  /** The program's name for people. */
  readonly title: string;
  readonly platforms: readonly PlatformProgram[];
  /** Files and folders that every platform gets. */
  readonly includes: readonly string[];
  /** The program inside a platform's folder, relative and with "/". */
  readonly entrypoint: string | undefined;
  readonly compression: Compression;
  /** Of each platform's manifest, where a signature covers them. */
  readonly manifestAnnotations?: Readonly<Record<string, string>>;
  /** Layers without a title that go along with the programs: what installs them passes over those. */
  readonly attach?: (programs: readonly PackedProgram[], to: AttachTarget) => Promise<Attachments | Kept>;
}

/** A program as people get it. */
export interface PackedProgram extends PlatformProgram {
  readonly layer: Descriptor;
  /** Its own and those that every platform gets, in the order of the manifest. */
  readonly layers: readonly Descriptor[];
  /** Where in the release it is, with "/". */
  readonly entrypoint: string | undefined;
}

export interface AttachTarget {
  readonly target: TaggedStorage;
  /** What the tag stands for. */
  readonly before: Descriptor | undefined;
  /** The layers' contents. */
  readonly source: Storage;
  readonly workDirectory: string;
  readonly force: boolean;
  readonly signers: readonly Signer[];
}

export interface Attachments {
  /** Of each program, in their order. */
  readonly layers: readonly (readonly Packed[])[];
  /** The index that the tag stands for, if it is of the very same files: what adds to it may take its place. */
  readonly joined?: FetchedManifest | undefined;
}

/** What the tag stands for stays. */
export interface Kept {
  readonly kept: Descriptor;
}

export interface ReleaseRequest extends ReleaseContent {
  readonly compat: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string | undefined;
  /** Whether the tag may be taken from other content. */
  readonly force: boolean;
}

export interface ReleaseResult extends Published {
  readonly version: string;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: Digest;
    readonly bytes: number;
    /** What an update weighs from releases before it. */
    readonly deltas: readonly DeltaSum[];
  }[];
}

export interface PushTarget {
  readonly target: TaggedStorage;
  readonly cwd: string;
  readonly concurrency: number | undefined;
  readonly onEvent: (event: CopyEvent) => void;
}

export interface ReleaseTarget extends PushTarget {
  readonly signers: readonly Signer[];
  /**
   * Signs the index, when all that it refers to is known, or finds that it is published already.
   *
   * @param before what the tag stands for until then.
   */
  readonly seal: (index: FetchedManifest, before: Descriptor | undefined) => Promise<SealedIndex>;
}

/** Publishes a release: an index, a manifest for each platform, a layer for each file or folder. */
export async function pushRelease(
  request: ReleaseRequest,
  { target, cwd, concurrency, onEvent, seal, signers }: ReleaseTarget,
): Promise<ReleaseResult> {
  await using staging = await openStaging();
  const { workDirectory } = staging;
  const pack = { cwd, compression: request.compression, workDirectory };
  const shared = await Promise.all(
    request.includes.map(async (path) => staging.addPacked(await packInclude(path, pack))),
  );
  const { entrypoint, reference, version, force } = request;
  const programs = await Promise.all(
    request.platforms.map(async (given) => {
      const program = await packProgram(given, { ...pack, entrypoint });
      const layer = staging.addPacked(program.packed);
      const layers = [layer, ...shared];
      refuseSameTitles(layers.map(({ annotations }) => annotations?.[TITLE] ?? ""));
      return { ...given, layer, layers, entrypoint: program.entrypoint };
    }),
  );
  const publication = await openPublication(staging, { target, reference, concurrency, onEvent });
  const { before } = publication;
  const attached = await request.attach?.(programs, {
    target,
    before,
    source: staging.source,
    workDirectory,
    force,
    signers,
  });
  if (attached !== undefined && "kept" in attached) {
    const { digest } = attached.kept;
    return { reference: formatReference(reference), digest, result: "kept", sent: 0, version, platforms: [] };
  }
  const manifests = programs.map(({ platform, layers, entrypoint }, position) => {
    const beside = (attached?.layers[position] ?? []).map(staging.addPacked);
    const manifest = composePlatformManifest({
      platform,
      layers: [...layers, ...beside],
      annotations: request.manifestAnnotations ?? {},
      compat: request.compat,
      ...(entrypoint === undefined ? {} : { entrypoint }),
    });
    staging.addManifest(manifest.config);
    staging.addManifest(manifest);
    const bytes = layers.reduce((sum, { size }) => sum + size, 0);
    return { descriptor: manifest.descriptor, platform, bytes, deltas: sumDeltas(beside) };
  });
  const joined = attached?.joined;
  const { created, title } = request;
  const composed = composeIndex({
    manifests,
    title,
    version,
    // What was said of the same files goes on being said.
    annotations: { ...(joined === undefined || force ? {} : annotationsOf(joined)), ...request.annotations },
    ...(created === undefined ? {} : { created }),
  });
  const { index, known } = await seal(composed, before);
  staging.addManifest(index);
  // A signature that is added changes nothing of the release, and neither does what stands beside its files.
  const replace = force || known || (joined !== undefined && takesNothingAway(index, joined));
  const published = await publication.finish(index.descriptor, { replace });
  const platforms = manifests.map(({ platform, descriptor: { digest }, bytes, deltas }) => ({
    platform: formatPlatform(platform),
    digest,
    bytes,
    deltas,
  }));
  return { ...published, version, platforms };
}

function annotationsOf({ bytes, descriptor: { mediaType } }: FetchedManifest): Readonly<Record<string, string>> {
  const { [SIGNATURE]: _signature, ...annotations } = parseManifest(bytes, mediaType).annotations ?? {};
  return annotations;
}

function takesNothingAway(index: FetchedManifest, before: FetchedManifest): boolean {
  const now = annotationsOf(index);
  return (
    Object.entries(annotationsOf(before)).every(([name, value]) => now[name] === value) &&
    (isSigned(index) || !isSigned(before))
  );
}
