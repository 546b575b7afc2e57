import { mkdir, rm } from "node:fs/promises";
import { AppError, formatError, isOfNoUse } from "../errors.ts";
import { copyGraph } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { overlay } from "../oci/overlay.ts";
import type { Storage } from "../oci/storage.ts";
import { codedLayerOf } from "../release/codedLayer.ts";
import { type LauncherTag, selectLaunchers } from "../release/launcherTag.ts";
import { type ReleaseFiles, type ReleaseLayer, readRelease } from "../release/readRelease.ts";
import { materialize } from "../release/unpack.ts";
import { openBlobs } from "../store/blobs.ts";
import { openAuthority } from "./authority.ts";
import type { Origin, UpdateContext } from "./context.ts";
import type { Refusal } from "./foundRelease.ts";
import { MAX_LAUNCHERS } from "./neededTags.ts";
import { type SelectedManifest, selectManifest } from "./selectManifest.ts";

export interface LauncherQuestion {
  /** SemVer of the launcher that runs. */
  readonly installed: string;
  /** One that failed on this computer a short while ago. */
  readonly leftOut?: string | undefined;
  readonly signal: AbortSignal;
}

export interface LauncherFetch {
  /** An empty folder, into which it is unpacked. */
  readonly directory: string;
  /** Told the version that is looked at now. */
  readonly onFetch: (version: string) => void;
}

/**
 * Fetches the newest launcher for this computer, if it is newer than the one that runs. The caller holds the lock.
 *
 * @returns the file as it was published.
 */
export async function fetchLauncher(
  context: UpdateContext,
  origin: Origin,
  { directory, onFetch, ...question }: LauncherQuestion & LauncherFetch,
): Promise<(LauncherTag & { readonly file: string }) | undefined> {
  const source = await origin.open();
  const { signal } = question;
  const authority = await openAuthority(context, source, { origin, signal, usesChannel: false });
  const candidates = newerLaunchers(authority.needed.tags, context, question);
  let refused: Refusal | undefined;
  for (const candidate of candidates.slice(0, MAX_LAUNCHERS)) {
    onFetch(candidate.version);
    let selected: SelectedManifest | undefined;
    try {
      const root = await source.fetchManifest(candidate.tag, { signal });
      await authority.verify(root, { kind: "launcher", version: candidate.version });
      selected = await selectManifest(source, root, { host: context.host, signal });
    } catch (error) {
      if (!isOfNoUse(error)) throw error;
      context.log("left-out", { version: candidate.tag, reason: error.message });
      refused ??= { version: candidate.version, error };
      continue;
    }
    if (selected === undefined) continue;
    const { descriptor, bytes, manifest } = selected;
    const files = readRelease(manifest, { entrypoint: undefined, config: undefined });
    const [layer] = files.layers;
    if (layer === undefined || files.layers.length !== 1) {
      throw new AppError("bad-data", `${candidate.tag} has ${files.layers.length} files, not one`, {
        hint: "The publisher publishes launchers with: slipway push --launcher",
      });
    }
    const fetching = { source: overlay(source, [{ descriptor, bytes }]), root: descriptor, directory, signal };
    const file = await fetchSmallest(context, { ...fetching, files, layer, coded: codedLayerOf(manifest, layer) });
    return { ...candidate, file };
  }
  if (refused === undefined) return undefined;
  // The newest of them is what the tags will tell of again.
  onFetch(refused.version);
  throw refused.error;
}

interface Fetching {
  readonly source: Storage;
  /** The manifest. */
  readonly root: Descriptor;
  readonly files: ReleaseFiles;
  readonly layer: ReleaseLayer;
  /** The same file in fewer bytes. */
  readonly coded: ReleaseLayer | undefined;
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** @returns the file's name in the directory. */
async function fetchSmallest(context: UpdateContext, { coded, ...fetching }: Fetching): Promise<string> {
  if (coded === undefined) return await fetchLayer(context, fetching);
  try {
    return await fetchLayer(context, { ...fetching, layer: coded });
  } catch (error) {
    if (!isOfNoUse(error)) throw error;
    context.log("coded-launcher-unusable", { error: formatError(error) });
    // What was written of it.
    await rm(fetching.directory, { recursive: true, force: true });
    await mkdir(fetching.directory, { recursive: true });
    return await fetchLayer(context, fetching);
  }
}

async function fetchLayer(
  { paths, platform }: UpdateContext,
  { source, root, files, layer, directory, signal }: Omit<Fetching, "coded">,
): Promise<string> {
  const blobs = openBlobs(paths);
  await copyGraph(source, blobs, root, { signal, selectChildren: () => [layer.descriptor] });
  try {
    const { executable } = await materialize({
      files: { ...files, layers: [layer] },
      blobs: { open: (blob, signal) => blobs.fetch(blob, { signal }) },
      directory,
      platform,
      signal,
    });
    return executable;
  } finally {
    // It was all there: whatever came of it, it is not wanted again.
    await Promise.all([root, layer.descriptor].map(async ({ digest }) => await blobs.remove(digest)));
  }
}

/** Launchers that may be wanted, from the answer that tells of the program's versions too. */
export function newerLaunchers(
  tags: readonly string[],
  { settings }: { readonly settings: Pick<UpdateContext["settings"], "prereleases"> },
  { installed, leftOut }: Pick<LauncherQuestion, "installed" | "leftOut">,
): LauncherTag[] {
  return selectLaunchers(tags, { newerThan: installed, prereleases: settings.prereleases }).filter(
    ({ version }) => version !== leftOut,
  );
}
