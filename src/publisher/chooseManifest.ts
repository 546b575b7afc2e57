import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { isIndexType, isStoredAsManifest } from "../oci/mediaTypes.ts";
import { formatPlatform, matchPlatforms, parsePlatform, type Platform } from "../oci/platform.ts";
import { type FetchedManifest, fetchBytes, type Storage } from "../oci/storage.ts";

/** What the person asked for, and what their own computer is when they did not. */
export interface PlatformWish {
  readonly platform: string | undefined;
  readonly osVersion: string | undefined;
  /** This computer's. */
  readonly own: Platform;
}

export interface ChosenManifest extends FetchedManifest {
  /** Undefined when the root is a single manifest, which belongs to no platform. */
  readonly platform: Platform | undefined;
}

type Candidate = Descriptor & { readonly platform?: Platform };

// An index in an index in an index: no honest one is deeper.
const MAX_DEPTH = 3;

/**
 * The one manifest that is meant: a single one as it is, an index's by platform.
 *
 * @throws AppError `not-found`, or `usage` when several fit, with the list and how to choose.
 */
export async function chooseManifest(
  storage: Storage,
  root: FetchedManifest,
  wish: PlatformWish,
): Promise<ChosenManifest> {
  if (!isIndexType(root.descriptor.mediaType)) {
    if (wish.platform === undefined && wish.osVersion === undefined) return { ...root, platform: undefined };
    throw new AppError("usage", "this is a single manifest, which has no platforms", {
      hint: "Leave --platform and --os-version out.",
    });
  }
  const candidates = await listCandidates(storage, root, 0);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1 && wish.platform === undefined)
    return { ...(await fetchChild(storage, only)), platform: only.platform };
  const platform = wish.platform === undefined ? wish.own : parsePlatform(wish.platform);
  const match = matchPlatforms(candidates, {
    ...platform,
    ...(wish.osVersion === undefined ? {} : { osVersion: wish.osVersion }),
  });
  switch (match.kind) {
    case "one":
      return { ...(await fetchChild(storage, match.candidate)), platform: match.candidate.platform };
    case "several":
      throw new AppError("usage", `there are ${match.candidates.length} for ${formatPlatform(platform)}`, {
        hint: `Choose one with --platform and --os-version:\n${describeAll(match.candidates)}`,
      });
    case "none": {
      const wanted = `${formatPlatform(platform)}${wish.osVersion === undefined ? "" : ` with "${wish.osVersion}"`}`;
      throw new AppError("not-found", `there is nothing for ${wanted}`, {
        hint: `Choose one with --platform OS/ARCH:\n${describeAll(candidates)}`,
      });
    }
  }
}

async function listCandidates(
  storage: Storage,
  { descriptor, bytes }: FetchedManifest,
  depth: number,
): Promise<Candidate[]> {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === "image" || depth >= MAX_DEPTH) return [];
  const found: Candidate[] = [];
  for (const child of manifest.manifests) {
    if (isIndexType(child.mediaType))
      found.push(...(await listCandidates(storage, await fetchChild(storage, child), depth + 1)));
    // Attestations and the like carry unknown/unknown.
    else if (isStoredAsManifest(child.mediaType) && child.platform?.os !== "unknown") found.push(child);
  }
  return found;
}

async function fetchChild(storage: Storage, descriptor: Descriptor): Promise<FetchedManifest> {
  return { descriptor, bytes: await fetchBytes(storage, descriptor, { limit: MAX_MANIFEST_BYTES }) };
}

function describeAll(candidates: readonly Candidate[]): string {
  return candidates.map(({ platform, digest }) => `  ${describe(platform)}  ${digest}`).join("\n");
}

function describe(platform: Platform | undefined): string {
  if (platform === undefined) return "no platform";
  const version = platform["os.version"];
  const features = platform["os.features"] ?? [];
  return [
    formatPlatform(platform),
    ...(version === undefined ? [] : [`--os-version ${JSON.stringify(version)}`]),
    ...(features.length === 0 ? [] : [`(${features.join(", ")})`]),
  ].join(" ");
}
