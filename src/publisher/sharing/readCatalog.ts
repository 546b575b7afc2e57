import type { Installer } from "../../config/installer.ts";
import { AppError } from "../../errors.ts";
import { CREATED, ICON_ROLE, NOTES_ROLE, TITLE, VENDOR } from "../../oci/annotations.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { selectPlatform } from "../../oci/platform.ts";
import { type FetchedManifest, fetchBytes, type TaggedStorage } from "../../oci/storage.ts";
import type { Catalog, PageIcon } from "../../page/catalog.ts";
import { type Download, formatPlatformPath } from "../../release/download.ts";
import { type PlatformManifest, readPlatformManifests } from "../../release/platformManifests.ts";
import { findRole, readDownloads } from "../../release/readDownloads.ts";
import { type Expectation, firstOfUse, readBelieved } from "./believed.ts";
import { readOffered } from "./selectOffered.ts";

export interface CatalogQuestion {
  /** What the launchers were built with: whom they believe, and which channel they follow. */
  readonly installer: Installer | undefined;
  /** What to call the program where nothing says it: the last part of the repository's name. */
  readonly fallbackName: string;
  readonly signal: AbortSignal;
}

/** What a repository offers to visitors now. @throws AppError `not-found` when that is nothing. */
export async function readCatalog(
  source: TaggedStorage,
  { installer, fallbackName, signal }: CatalogQuestion,
): Promise<Catalog> {
  const believed = await readBelieved(source, { installer, signal });
  const offered = await readOffered(believed, installer);
  const release = await firstOfUse(offered.versions, async ({ version, tag, label }) => ({
    version,
    tag,
    ...(await open(label, { kind: "program", version })),
  }));
  const launcher = await firstOfUse(offered.launchers, async ({ version, tag }) => ({
    tag,
    ...(await open(tag, { kind: "launcher", version })),
  }));
  const downloads = launcher === undefined ? [] : launchersFor(release?.manifests, launcher);
  const about = launcher?.manifests[0]?.manifest.annotations;
  const root = release === undefined ? undefined : annotationsOf(release.root);
  const notes = release === undefined ? undefined : findRole(release.manifests, NOTES_ROLE);
  return {
    name: installer?.name ?? about?.[TITLE] ?? root?.[TITLE] ?? fallbackName,
    publisher: installer?.publisher ?? about?.[VENDOR],
    version: release?.version,
    created: root?.[CREATED],
    notes:
      notes === undefined
        ? undefined
        : Buffer.from(await fetchBytes(source, notes, { limit: MAX_NOTES_BYTES, signal })).toString("utf8"),
    icon: iconOf(launcher?.manifests ?? []),
    downloads: downloads.length > 0 ? downloads : programs(release),
  };

  /** Nothing that an index refers to is fetched before it is known who stands for it. */
  async function open(label: string, expected: Expectation): Promise<Opened> {
    const root = await source.fetchManifest(label, { signal });
    await believed.verify(root, expected);
    return { root, manifests: await readPlatformManifests(source, root, signal) };
  }
}

const MAX_NOTES_BYTES = 64 * 1024;
const MAX_ICON_BYTES = 1024 * 1024;

interface Opened {
  readonly root: FetchedManifest;
  readonly manifests: readonly PlatformManifest[];
}

interface Tagged extends Pick<Opened, "manifests"> {
  readonly tag: string;
}

/** Launchers for the computers on which the release runs: any other would find nothing to install. */
function launchersFor(release: readonly PlatformManifest[] | undefined, { tag, manifests }: Tagged): Download[] {
  const isForAll = release === undefined || release.some(({ platform }) => platform === undefined);
  return onePerPlatform(readDownloads(manifests, { tag, kind: "launcher" })).filter(
    ({ platform }) => platform === undefined || isForAll || selectPlatform(platforms(release), platform) !== undefined,
  );
}

function platforms(release: readonly PlatformManifest[]) {
  return release.flatMap(({ platform }) => (platform === undefined ? [] : [{ platform }]));
}

/** The release's own files, where each platform has one. */
function programs(release: Tagged | undefined): Download[] {
  const files = release === undefined ? [] : readDownloads(release.manifests, { tag: release.tag, kind: "program" });
  const downloads = onePerPlatform(files);
  if (downloads.length > 0) return downloads;
  const what =
    release === undefined
      ? "there is no launcher, and no release"
      : files.length === 0
        ? `there is no launcher, and ${release.tag} has no files`
        : `there is no launcher, and ${release.tag} has several files for each platform`;
  throw new AppError("not-found", `${what}: there is nothing to hand to a visitor`, {
    hint: "Make launchers and publish them: slipway build, then slipway push --launcher",
  });
}

function onePerPlatform(downloads: readonly Download[]): Download[] {
  const groups = new Map<string, Download[]>();
  for (const download of downloads) {
    const key = download.platform === undefined ? "" : formatPlatformPath(download.platform);
    groups.set(key, [...(groups.get(key) ?? []), download]);
  }
  return [...groups.values()].flatMap((group) => (group.length === 1 ? group : []));
}

function iconOf(manifests: readonly PlatformManifest[]): PageIcon | undefined {
  const icon = findRole(manifests, ICON_ROLE);
  if (icon?.mediaType !== "image/png" || icon.size > MAX_ICON_BYTES) return undefined;
  return { mediaType: "image/png", size: icon.size, digest: icon.digest };
}

function annotationsOf({ bytes, descriptor }: FetchedManifest): Readonly<Record<string, string>> | undefined {
  return parseManifest(bytes, descriptor.mediaType).annotations;
}
