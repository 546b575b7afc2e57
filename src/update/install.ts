import { stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, shortDigest } from "../oci/digest.ts";
import { parseImageConfig } from "../oci/imageConfig.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { fetchBytes } from "../oci/storage.ts";
import { isPlainImage, readRelease } from "../release/readRelease.ts";
import { materialize } from "../release/unpack.ts";
import type { InstalledVersion } from "../store/activation.ts";
import { openBlobs } from "../store/blobs.ts";
import { stageVersion } from "../store/staging.ts";
import { readInstalled, renumberVersion } from "../store/versions.ts";
import type { UpdateContext } from "./context.ts";
import { fetchLayers } from "./fetchLayers.ts";
import type { FoundRelease } from "./foundRelease.ts";
import { readHeldContents } from "./heldContents.ts";
import { Doubt } from "./plainContents.ts";

export interface InstallOptions {
  /** The version that is installed, for the progress that is shown. */
  readonly from: string | undefined;
  /** Whether a start waits for it longer than for others. */
  readonly critical?: boolean;
  /** Gives it up until everything is there. */
  readonly signal?: AbortSignal | undefined;
  /** Takes the place of the same version, which is damaged. */
  readonly replace?: boolean;
}

/**
 * Fetches, verifies and unpacks a release into a directory of its own. Nothing that is installed is touched, and
 * nothing is activated; only a damaged copy of the same version is let go, after this one is there. The caller holds the
 * store's lock.
 */
export async function installRelease(
  context: UpdateContext,
  release: FoundRelease,
  options: InstallOptions,
): Promise<InstalledVersion> {
  const { descriptor } = release.selected;
  const here = readInstalled(context.paths).find(({ digest }) => digest === descriptor.digest);
  if (here !== undefined && options.replace !== true) {
    if (here.version === release.version) return here;
    // The same content under another number, such as that of the release that follows a withdrawn one.
    context.log("renumbered", { from: here.version, to: release.version, digest: here.digest });
    return await renumberVersion(context.paths, here, release.version);
  }
  // Each time it is about another layer, so that it comes to an end.
  const doubted = new Set<Digest>();
  for (;;) {
    try {
      return await fetchAndUnpack(context, release, { ...options, doubted });
    } catch (error) {
      if (!(error instanceof Doubt)) throw error;
      doubted.add(error.layer);
      context.log("fetched-whole", { layer: error.layer, reason: error.message });
    }
  }
}

/** A release that was fetched whole and does not run here. */
export class SmokeFailure extends AppError {
  readonly version: InstalledVersion;

  constructor(version: InstalledVersion, reason: string) {
    super("bad-data", `version ${version.version} does not run here: ${reason}`, {
      hint: "Tell the publisher; an older version can be pinned until there is a new one.",
    });
    this.version = version;
  }
}

async function fetchAndUnpack(
  context: UpdateContext,
  release: FoundRelease,
  { from, signal, critical = false, replace = false, doubted }: InstallOptions & { readonly doubted: Set<Digest> },
): Promise<InstalledVersion> {
  const { descriptor, manifest } = release.selected;
  // A single image's program is named by its config alone.
  const options = { limit: MAX_MANIFEST_BYTES, ...(signal === undefined ? {} : { signal }) };
  const config = isPlainImage(manifest)
    ? parseImageConfig(await fetchBytes(release.source, manifest.config, options))
    : undefined;
  const files = readRelease(manifest, { entrypoint: context.installer.entrypoint, config });
  const blobs = openBlobs(context.paths);
  const held = readHeldContents(context.paths);
  const layers = await fetchLayers(context, { release, files, held, doubted, blobs, from, critical, signal });
  signal?.throwIfAborted();

  await using staging = await stageVersion(context.paths);
  const { executable, archives, contents } = await materialize({
    files: layers.files,
    blobs: layers.blobs,
    directory: staging.directory,
    platform: context.platform,
    signal,
  });
  const version = release.version;
  const installed: InstalledVersion = {
    version,
    digest: descriptor.digest,
    directory: `${version}-${shortDigest(descriptor.digest)}`,
    executable,
    size: (await stat(join(staging.directory, executable))).size,
  };
  // Before it gets its name: whatever lies in versions/ has passed, also when this process is killed here.
  const problem = await smokeProblem(context, join(staging.directory, executable), signal);
  if (problem !== undefined) throw new SmokeFailure(installed, problem);
  const placed = await staging.commit(installed, { signal, replace, archives, contents });
  // The version's own directory has it all now.
  await Promise.all([descriptor, ...layers.travelled].map(async ({ digest }) => await blobs.remove(digest)));
  context.log("installed", {
    version,
    digest: descriptor.digest,
    bytes: sumOf(layers.travelled),
    whole: sumOf(files.layers.map((layer) => layer.descriptor)),
  });
  return placed;
}

function sumOf(blobs: readonly Descriptor[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

async function smokeProblem(
  { installer, smoke }: UpdateContext,
  executable: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (installer.smoke === undefined) return undefined;
  const problem = await smoke(executable, installer.smoke, signal);
  // One that was ended has not failed.
  signal?.throwIfAborted();
  return problem;
}
