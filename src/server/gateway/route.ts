import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import { isTag } from "../../oci/reference.ts";
import { type Language, LANGUAGES } from "../../page/language.ts";
import { formatPlatformPath } from "../../release/download.ts";
import { versionOfLauncherTag } from "../../release/launcherTag.ts";
import { versionOfTag } from "../../release/versionTag.ts";

/** What a path of a gateway names. */
export type Route =
  /** In the visitor's language where none is named. */
  | { readonly kind: "page"; readonly language: Language | undefined }
  | { readonly kind: "download" }
  | FileRoute
  | { readonly kind: "icon" | "badge" | "catalog" | "sums" }
  | { readonly kind: "health" | "metrics" }
  /** Another way to write a path, which is this one. */
  | { readonly kind: "moved"; readonly path: string };

export interface FileRoute {
  readonly kind: "file";
  /** Of a version or launcher; undefined for what is newest. */
  readonly tag: string | undefined;
  /** Undefined for a file that is the same for every computer. */
  readonly platform: Platform | undefined;
  /** Where a release has several files for the platform. */
  readonly fileName: string | undefined;
}

const NAMED: ReadonlyMap<string, Route> = new Map([
  ["", { kind: "page", language: undefined }],
  ["download", { kind: "download" }],
  ["icon.png", { kind: "icon" }],
  ["favicon.ico", { kind: "icon" }],
  ["badge.svg", { kind: "badge" }],
  ["downloads.json", { kind: "catalog" }],
  ["SHA256SUMS", { kind: "sums" }],
  ["healthz", { kind: "health" }],
  ["metrics", { kind: "metrics" }],
]);
const LATEST = "latest";
/** The part of an address that stands for a file that is the same for every computer. */
const ANY = "any";
// The longest of ours: a tag (128), a platform and a file's name (255), of which each character may be escaped.
const LONGEST = 2048;

/**
 * Reads the target of a request (RFC 9112 section 3.2) as it came. What it names it names in one way alone: nothing is
 * decoded twice, and nothing is left out.
 *
 * @returns undefined for what leads nowhere.
 */
export function parseRoute(target: string): Route | undefined {
  const segments = readSegments(target);
  if (segments === undefined) return undefined;
  const [first = "", second, ...rest] = segments;
  if (second === undefined) {
    if (isLanguage(first)) return { kind: "moved", path: `/${first}/` };
    return NAMED.get(first) ?? readFile(undefined, segments);
  }
  if (isLanguage(first)) return second === "" && rest.length === 0 ? { kind: "page", language: first } : undefined;
  if (first === LATEST) return readFile(undefined, segments.slice(1), LATEST);
  const tag = readTag(first);
  return tag === undefined ? readFile(undefined, segments) : readFile(tag, segments.slice(1), first);
}

/** The path of a file; the newest one's without a tag. */
export function formatFilePath({ tag, platform, fileName }: Omit<FileRoute, "kind">): string {
  const place = platform === undefined ? ANY : formatPlatformPath(platform);
  const named = fileName === undefined ? [] : [encodeURIComponent(fileName)];
  return `/${[...(tag === undefined ? [] : [tag]), place, ...named].join("/")}`;
}

function readSegments(target: string): string[] | undefined {
  // A client that takes us for a proxy names us in full (RFC 9112 section 3.2.2).
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  if (path.length > LONGEST) return undefined;
  if (path === "" && /^http/i.test(target)) return [""];
  if (!path.startsWith("/")) return undefined;
  const segments = path.slice(1).split("/").map(decodeSegment);
  const whole = segments.filter((segment) => segment !== undefined);
  // Only the last one may be empty, after the slash that ends a page's path.
  return whole.length === segments.length && whole.slice(0, -1).every((segment) => segment !== "") ? whole : undefined;
}

/** @returns undefined for what would be no segment any more, or would be one of another path. */
function decodeSegment(encoded: string): string | undefined {
  // What stands here without an escape is visible ASCII (RFC 3986 section 3.3).
  if (!/^[\x21-\x7e]*$/.test(encoded)) return undefined;
  let text;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  return text === "." || text === ".." || /[/\\\p{Cc}]/u.test(text) ? undefined : text;
}

function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}

/** The tag that a version is published under: `1.4.0+7` is `1.4.0_7`. */
function readTag(text: string): string | undefined {
  const tag = text.replace("+", "_");
  return isTag(tag) && (versionOfTag(tag) ?? versionOfLauncherTag(tag)) !== undefined ? tag : undefined;
}

/** @param written how the tag stands in the path, where one does. */
function readFile(tag: string | undefined, segments: readonly string[], written?: string): Route | undefined {
  const { platform, rest } = readPlatform(segments) ?? {};
  if (platform === undefined || rest === undefined || rest.length > 1) return undefined;
  const [fileName] = rest;
  if (fileName === "") return undefined;
  const route = { tag, platform: platform === ANY ? undefined : platform, fileName };
  const path = formatFilePath(route);
  const asked = [...(written === undefined || written === LATEST ? [] : [written]), ...segments];
  const given = `/${asked.map((segment) => encodeURIComponent(segment)).join("/")}`;
  return path === given ? { kind: "file", ...route } : { kind: "moved", path };
}

/** `linux-arm-v7`, `linux/arm/v7`, and each system's and processor's other names. */
function readPlatform(
  segments: readonly string[],
): { platform: Platform | typeof ANY; rest: readonly string[] } | undefined {
  const [first = "", ...rest] = segments;
  if (first === ANY) return { platform: ANY, rest };
  if (first.includes("-")) {
    const platform = tryPlatform(first.replaceAll("-", "/"));
    return platform === undefined ? undefined : { platform, rest };
  }
  // A variant is a short name ("v7"), and so might be a file's.
  const [architecture = "", variant, ...others] = rest;
  const withVariant = variant !== undefined && /^v\d+$/.test(variant);
  const platform = tryPlatform([first, architecture, ...(withVariant ? [variant] : [])].join("/"));
  if (platform === undefined) return undefined;
  return { platform, rest: withVariant ? others : rest.slice(1) };
}

function tryPlatform(text: string): Platform | undefined {
  if (!/^[\w/]{1,60}$/.test(text)) return undefined;
  try {
    const platform = parsePlatform(text);
    return formatPlatform(platform).length > 60 ? undefined : platform;
  } catch {
    return undefined;
  }
}
