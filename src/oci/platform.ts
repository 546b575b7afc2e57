import * as v from "valibot";
import { AppError } from "../errors.ts";

// image-spec image-index.md "platform"; unknown keys are no error.
export const platformSchema = v.object({
  architecture: v.string(),
  os: v.string(),
  "os.version": v.exactOptional(v.string()),
  "os.features": v.exactOptional(v.array(v.string())),
  variant: v.exactOptional(v.string()),
});

/** GOOS and GOARCH names, as the image-spec wants them. */
export type Platform = v.InferOutput<typeof platformSchema>;

export type Libc = "glibc" | "musl";

/** The machine that will run the program. `libc` counts on Linux only. */
export interface Host {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly libc?: Libc;
  /** Numbers of the system's version, such as "14.5" for macOS or "10.0.19045" for Windows, where it is known. */
  readonly osVersion?: string;
}

// Maps, not objects: "constructor" is a key of every object, and names come from outside.
const OS_ALIASES: ReadonlyMap<string, string> = new Map([
  ["macos", "darwin"],
  ["osx", "darwin"],
  ["win32", "windows"],
  ["win", "windows"],
]);
const ARCHITECTURE_ALIASES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x64", "amd64"],
  ["aarch64", "arm64"],
  ["ia32", "386"],
]);
const KNOWN_OS: ReadonlySet<string> = new Set([
  "linux",
  "darwin",
  "windows",
  "freebsd",
  "openbsd",
  "netbsd",
  "android",
  "illumos",
  "solaris",
  "aix",
  "dragonfly",
  "plan9",
  "wasip1",
  "js",
  "ios",
]);

// image-index.md "Platform Variants": what an unnamed variant means, and the order from newest to oldest.
const VARIANTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["amd64", ["v4", "v3", "v2", "v1"]],
  ["arm64", ["v9", "v8"]],
  ["arm", ["v8", "v7", "v6", "v5"]],
]);
const DEFAULT_VARIANT: ReadonlyMap<string, string> = new Map([
  ["amd64", "v1"],
  ["arm64", "v8"],
  ["arm", "v7"],
]);

// Systems that run another architecture's programs by themselves: Rosetta 2, Windows on ARM.
const EMULATED: ReadonlySet<string> = new Set(["darwin/arm64<amd64", "windows/arm64<amd64"]);

/**
 * Reads `linux/amd64` or `linux/arm/v7`. Common other names (macos, win32, x86_64 ...) are taken for Go's.
 *
 * @throws AppError `usage`.
 */
export function parsePlatform(text: string): Platform {
  const [os = "", architecture = "", variant, ...rest] = text.toLowerCase().split("/");
  const name = OS_ALIASES.get(os) ?? os;
  if (!KNOWN_OS.has(name) || !/^[a-z0-9_]+$/.test(architecture) || variant === "" || rest.length > 0) {
    throw new AppError("usage", `not a platform: ${JSON.stringify(text)}`, {
      hint: "Write OS/ARCH, for example linux/amd64, linux/arm64, darwin/arm64, darwin/amd64 or windows/amd64.",
    });
  }
  const base = { os: name, architecture: ARCHITECTURE_ALIASES.get(architecture) ?? architecture };
  return variant === undefined ? base : { ...base, variant };
}

export function formatPlatform(platform: Pick<Platform, "os" | "architecture" | "variant">): string {
  const base = `${platform.os}/${platform.architecture}`;
  return platform.variant === undefined ? base : `${base}/${platform.variant}`;
}

/**
 * Chooses what runs best on the host: its own architecture before an emulated one, the highest variant it can run,
 * a matching libc before an unnamed one, the newest system version that is not newer than the host's, and the first
 * on ties (image-spec image-index.md).
 */
export function selectPlatform<Candidate extends { readonly platform?: Platform }>(
  candidates: readonly Candidate[],
  host: Host,
): Candidate | undefined {
  let best: Candidate | undefined;
  let bestScore = 0;
  for (const candidate of candidates) {
    const score = candidate.platform === undefined ? 0 : scorePlatform(candidate.platform, host);
    const newer =
      score === bestScore &&
      score > 0 &&
      compareVersions(versionOf(candidate.platform), versionOf(best?.platform)) > 0 &&
      host.osVersion !== undefined;
    if (score > bestScore || newer) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** What a person asks for by name; `osVersion` is the beginning of an `os.version`, such as "macOS 11". */
export interface PlatformQuery {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

export type PlatformMatch<Candidate> =
  | { readonly kind: "one"; readonly candidate: Candidate }
  /** Which one is a question of taste: they differ in what nobody asked about. */
  | { readonly kind: "several"; readonly candidates: readonly Candidate[] }
  | { readonly kind: "none" };

/** Finds what a person asked for: this very architecture, and no guess among different system versions. */
export function matchPlatforms<Candidate extends { readonly platform?: Platform }>(
  candidates: readonly Candidate[],
  { osVersion, ...query }: PlatformQuery,
): PlatformMatch<Candidate> {
  const scored = candidates.flatMap((candidate) => {
    const { platform } = candidate;
    const fits =
      platform?.architecture === query.architecture &&
      (osVersion === undefined || isVersionOf(platform["os.version"] ?? "", osVersion));
    return platform !== undefined && fits ? [{ candidate, platform, score: scorePlatform(platform, query) }] : [];
  });
  const best = Math.max(0, ...scored.map(({ score }) => score));
  const fitting = scored.filter(({ score }) => score > 0 && score === best);
  const kinds = new Set(
    fitting.map(({ platform }) => JSON.stringify([platform["os.version"], platform["os.features"]])),
  );
  const [first] = fitting;
  if (first === undefined) return { kind: "none" };
  if (kinds.size === 1) return { kind: "one", candidate: first.candidate };
  return { kind: "several", candidates: fitting.map(({ candidate }) => candidate) };
}

/** "macOS 11" is macOS 11.7 and not macOS 110. */
function isVersionOf(version: string, wanted: string): boolean {
  const [whole, start] = [version.toLowerCase(), wanted.trim().toLowerCase()];
  return whole.startsWith(start) && !(/\d$/.test(start) && /^\d/.test(whole.slice(start.length)));
}

/** 0 means it does not run; otherwise more is better. */
function scorePlatform(platform: Platform, host: Host): number {
  if (platform.os !== host.os) return 0;
  const native = platform.architecture === host.architecture;
  if (!native && !EMULATED.has(`${host.os}/${host.architecture}<${platform.architecture}`)) return 0;

  const variant = scoreVariant(platform, native ? host.variant : undefined);
  const libc = scoreLibc(platform, host);
  if (variant === 0 || libc === 0 || isTooNew(platform, host)) return 0;
  return (native ? 1000 : 0) + libc * 100 + variant;
}

function scoreVariant(platform: Platform, hostVariant: string | undefined): number {
  const order = VARIANTS.get(platform.architecture);
  const fallback = DEFAULT_VARIANT.get(platform.architecture);
  const wanted = hostVariant ?? fallback;
  const offered = platform.variant ?? fallback;
  if (offered === wanted) return 50;
  if (order === undefined || wanted === undefined || offered === undefined)
    return platform.variant === undefined ? 1 : 0;
  const distance = order.indexOf(offered) - order.indexOf(wanted);
  // An older variant runs on a newer machine, not the other way round.
  return order.includes(offered) && distance > 0 ? 50 - distance : 0;
}

function scoreLibc(platform: Platform, host: Host): number {
  if (host.os !== "linux") return 1;
  const named = platform["os.features"]?.filter((feature) => feature.startsWith("libc.")) ?? [];
  if (named.length === 0 || host.libc === undefined) return 1;
  return named.includes(`libc.${host.libc}`) ? 2 : 0;
}

// Systems whose programs need the version that they were made for, or a newer one.
const VERSIONED: ReadonlySet<string> = new Set(["darwin", "windows"]);

function isTooNew(platform: Platform, { os, osVersion }: Host): boolean {
  if (!VERSIONED.has(os) || osVersion === undefined) return false;
  const needed = versionOf(platform);
  const have = numbersOf(osVersion);
  // "macOS 11" is on every 11.x, and a host that says only "11" may be any of them.
  return needed.length > 0 && compareVersions(needed.slice(0, have.length), have) > 0;
}

/** The numbers in "macOS 11.7" or "10.0.17763.1234"; none where they say nothing about what runs. */
function versionOf(platform: Platform | undefined): number[] {
  return platform !== undefined && VERSIONED.has(platform.os) ? numbersOf(platform["os.version"] ?? "") : [];
}

function numbersOf(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").filter(Boolean).map(Number);
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
