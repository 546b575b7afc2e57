import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { Download } from "../release/download.ts";
import { formatPlatformPath } from "../release/download.ts";
import type { Texts } from "./texts.ts";

/** What people call a system, and have heard of. */
export type System = "windows" | "darwin" | "linux";

export const SYSTEMS: readonly System[] = ["windows", "darwin", "linux"];

const KNOWN_PLATFORMS = [
  "windows-amd64",
  "windows-arm64",
  "windows-386",
  "darwin-arm64",
  "darwin-amd64",
  "linux-amd64",
  "linux-arm64",
  "linux-arm",
  "linux-386",
] as const;

/** Platforms that have words of their own, in the order in which they are shown. */
export type KnownPlatform = (typeof KNOWN_PLATFORMS)[number];

// image-index.md "Platform Variants": what is meant where none is named.
const PLAIN_VARIANTS: ReadonlySet<string> = new Set(["amd64-v1", "arm64-v8", "arm-v7"]);

/** `windows-amd64`, as {@link formatPlatformPath}, but the same for `arm64` and `arm64/v8`; `any` for all computers. */
export function platformKey(platform: Platform | undefined): string {
  if (platform === undefined) return "any";
  const { os, architecture, variant } = platform;
  const plain = variant === undefined || PLAIN_VARIANTS.has(`${architecture}-${variant}`);
  return formatPlatformPath(plain ? { os, architecture } : platform);
}

/** The platform in words; one that nobody has words for by its names. */
export function platformLabel(platform: Platform | undefined, texts: Texts): string {
  if (platform === undefined) return texts.anyComputer;
  const key = platformKey(platform);
  return isKnown(key) ? texts.platforms[key] : formatPlatform(platform);
}

export function systemOf(platform: Platform | undefined): System | undefined {
  return SYSTEMS.find((system) => system === platform?.os);
}

export interface SystemDownloads {
  /** Undefined for other systems' files, and those that are for all. */
  readonly system: System | undefined;
  readonly downloads: readonly Download[];
}

/** The files by system; the most common of a system first. Systems without any are left out. */
export function groupDownloads(downloads: readonly Download[]): SystemDownloads[] {
  const sorted = [...downloads].sort((a, b) => rank(a) - rank(b));
  return [...SYSTEMS, undefined].flatMap((system) => {
    const own = sorted.filter(({ platform }) => systemOf(platform) === system);
    return own.length === 0 ? [] : [{ system, downloads: own }];
  });
}

function rank({ platform }: Download): number {
  const key = platformKey(platform);
  return isKnown(key) ? KNOWN_PLATFORMS.indexOf(key) : KNOWN_PLATFORMS.length;
}

function isKnown(key: string): key is KnownPlatform {
  return (KNOWN_PLATFORMS as readonly string[]).includes(key);
}
