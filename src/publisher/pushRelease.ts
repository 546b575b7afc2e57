import { basename, resolve } from "node:path";
import { CODE_SIGNED, TITLE } from "../oci/annotations.ts";
import type { CopyEvent } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { Reference } from "../oci/reference.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { composeIndex, composePlatformManifest } from "../release/compose.ts";
import type { Compression } from "../release/compression.ts";
import { packDirectory, packFile, type Packed } from "../release/pack.ts";
import { findFolderProgram } from "./folderProgram.ts";
import type { SealedIndex } from "./signRelease.ts";
import { isFolder, openPublication, openStaging, type Published, refuseSameTitles } from "./staging.ts";

/** A platform's program: a file, or a folder that holds it. */
export interface PlatformProgram {
  readonly platform: Platform;
  readonly path: string;
  /** Whether the system can tell who made it, by a certificate of the publisher's. */
  readonly codeSigned?: boolean;
}

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
  /** Layers without a title that go along with a program: what installs it passes over them. */
  readonly attach?: (program: PlatformProgram, workDirectory: string) => Promise<readonly Packed[]>;
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
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest; readonly bytes: number }[];
}

export interface PushTarget {
  readonly target: TaggedStorage;
  readonly cwd: string;
  readonly concurrency: number | undefined;
  readonly onEvent: (event: CopyEvent) => void;
}

export interface ReleaseTarget extends PushTarget {
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
  { target, cwd, concurrency, onEvent, seal }: ReleaseTarget,
): Promise<ReleaseResult> {
  await using staging = await openStaging();
  const pack = { cwd, compression: request.compression, workDirectory: staging.workDirectory };
  const shared = await Promise.all(
    request.includes.map(async (path) => staging.addPacked(await packInclude(path, pack))),
  );
  const manifests = await Promise.all(
    request.platforms.map(async (given) => {
      const { platform } = given;
      const program = await packProgram(given, { ...pack, entrypoint: request.entrypoint });
      const layers = [staging.addPacked(program.packed), ...shared];
      refuseSameTitles(layers.map(({ annotations }) => annotations?.[TITLE] ?? ""));
      const attached = (await request.attach?.(given, staging.workDirectory)) ?? [];
      const manifest = composePlatformManifest({
        platform,
        layers: [...layers, ...attached.map(staging.addPacked)],
        annotations: request.manifestAnnotations ?? {},
        compat: request.compat,
        ...(program.entrypoint === undefined ? {} : { entrypoint: program.entrypoint }),
      });
      staging.addManifest(manifest.config);
      staging.addManifest(manifest);
      const bytes = layers.reduce((sum, { size }) => sum + size, 0);
      return { descriptor: manifest.descriptor, platform, bytes };
    }),
  );
  const { created, annotations, title, version } = request;
  const composed = composeIndex({
    manifests,
    title,
    version,
    annotations,
    ...(created === undefined ? {} : { created }),
  });
  const { reference } = request;
  const publication = await openPublication(staging, { target, reference, concurrency, onEvent });
  const { index, known } = await seal(composed, publication.before);
  staging.addManifest(index);
  // A signature that is added changes nothing of the release.
  const published = await publication.finish(index.descriptor, { replace: request.force || known });
  const platforms = manifests.map(({ platform, descriptor: { digest }, bytes }) => ({
    platform: formatPlatform(platform),
    digest,
    bytes,
  }));
  return { ...published, version, platforms };
}

interface Packing {
  readonly cwd: string;
  readonly compression: Compression;
  readonly workDirectory: string;
}

async function packProgram(
  { path, platform, codeSigned = false }: PlatformProgram,
  { cwd, entrypoint, ...pack }: Packing & { readonly entrypoint: string | undefined },
): Promise<{ packed: Packed; entrypoint: string | undefined }> {
  const absolute = resolve(cwd, path);
  if (!isFolder(absolute, `for ${formatPlatform(platform)}`)) {
    const packed = await packFile(absolute, pack);
    return { packed: codeSigned ? markCodeSigned(packed) : packed, entrypoint: basename(absolute) };
  }
  const program = await findFolderProgram(absolute, platform, entrypoint);
  return { packed: await packDirectory(absolute, { ...pack, title: "." }), entrypoint: program };
}

function markCodeSigned({ descriptor, ...packed }: Packed): Packed {
  return {
    ...packed,
    descriptor: { ...descriptor, annotations: { ...descriptor.annotations, [CODE_SIGNED]: "true" } },
  };
}

async function packInclude(path: string, { cwd, ...pack }: Packing): Promise<Packed> {
  const absolute = resolve(cwd, path);
  return isFolder(absolute, "to include")
    ? await packDirectory(absolute, { ...pack, title: basename(absolute) })
    : await packFile(absolute, pack);
}
