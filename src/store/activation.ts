import { readFileSync } from "node:fs";
import type { Digest } from "../oci/digest.ts";
import type { StorePaths } from "./paths.ts";

// This file is on the launch path: one synchronous read, fields checked by hand.

export const ACTIVATION_SCHEMA = 1;

export interface InstalledVersion {
  /** SemVer without a leading `v`. */
  readonly version: string;
  /** Of the platform manifest. */
  readonly digest: Digest;
  /** Name below `versions/`. */
  readonly directory: string;
  /** Relative path below that directory, with "/". */
  readonly executable: string;
  /** Bytes of the executable. With another size it is not what was installed. */
  readonly size?: number | undefined;
}

/** Which version a launch starts. */
export interface Activation {
  readonly schema: typeof ACTIVATION_SCHEMA;
  readonly current: InstalledVersion;
  readonly previous?: InstalledVersion;
  /** Whether the current version has shown on this computer that it runs. */
  readonly confirmed: boolean;
  /** The version request under which it was chosen: `latest`, `^1.4`, `0.25.0`, `sha256:...`; empty when unknown. */
  readonly request: string;
  /** RFC 3339. */
  readonly activatedAt: string;
}

export type ActivationRead =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly activation: Activation }
  | { readonly kind: "damaged"; readonly problem: string }
  /** Written by a newer launcher; `activation` is what could be understood of it. */
  | { readonly kind: "newer"; readonly schema: number; readonly activation: Activation | undefined };

/** Never throws; a file that cannot be read or understood is `damaged`. */
export function readActivation(paths: StorePaths): ActivationRead {
  let text: string;
  try {
    text = readPatiently(paths.activation);
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ENOTDIR" ? { kind: "none" } : { kind: "damaged", problem: code };
  }
  try {
    return parseActivation(JSON.parse(text));
  } catch {
    return { kind: "damaged", problem: "it is not JSON" };
  }
}

function parseActivation(value: unknown): ActivationRead {
  if (!isRecord(value)) return { kind: "damaged", problem: "it is not an object" };
  const { schema, current, previous, confirmed, request, activatedAt } = value;
  if (typeof schema !== "number") return { kind: "damaged", problem: "it has no schema" };
  const whole =
    isInstalled(current) &&
    (previous === undefined || isInstalled(previous)) &&
    typeof confirmed === "boolean" &&
    typeof request === "string" &&
    typeof activatedAt === "string";
  const activation: Activation | undefined = whole
    ? {
        schema: ACTIVATION_SCHEMA,
        current,
        ...(previous === undefined ? {} : { previous }),
        confirmed,
        request,
        activatedAt,
      }
    : undefined;
  if (schema > ACTIVATION_SCHEMA) return { kind: "newer", schema, activation };
  if (schema !== ACTIVATION_SCHEMA) return { kind: "damaged", problem: `schema ${schema} is unknown` };
  return activation === undefined ? { kind: "damaged", problem: "fields are missing" } : { kind: "found", activation };
}

/**
 * The new version becomes current and the old one previous. The same content again stays as confirmed as it was and
 * keeps its previous one, also when it is another version by now.
 */
export function planActivation(
  before: Activation | undefined,
  next: { readonly version: InstalledVersion; readonly request: string; readonly at: string },
): Activation {
  if (before !== undefined && before.current.digest === next.version.digest) {
    const isSame = before.current.version === next.version.version;
    const activatedAt = isSame ? before.activatedAt : next.at;
    return { ...before, current: next.version, request: next.request, activatedAt };
  }
  const previous = before === undefined ? undefined : selectPrevious(before, next.version);
  return {
    schema: ACTIVATION_SCHEMA,
    current: next.version,
    ...(previous === undefined ? {} : { previous }),
    confirmed: false,
    request: next.request,
    activatedAt: next.at,
  };
}

/** What a roll back leads to has run here: a version that has not shown that it does comes only where none did. */
function selectPrevious(before: Activation, next: InstalledVersion): InstalledVersion | undefined {
  const { current, previous, confirmed } = before;
  const ran = confirmed ? current : (previous ?? current);
  return ran.digest === next.digest ? undefined : ran;
}

/** Back to the version before, which has run here; undefined when there is none. */
export function planRollBack(activation: Activation, at: string): Activation | undefined {
  const { previous, request } = activation;
  if (previous === undefined) return undefined;
  return { schema: ACTIVATION_SCHEMA, current: previous, confirmed: true, request, activatedAt: at };
}

/** Whether it is the same content, published as the same version. */
export function isSameVersion(one: InstalledVersion | undefined, other: InstalledVersion): boolean {
  return one?.digest === other.digest && one.version === other.version;
}

export function planConfirmation(activation: Activation): Activation {
  return { ...activation, confirmed: true };
}

export function isInstalled(value: unknown): value is InstalledVersion {
  if (!isRecord(value)) return false;
  const { version, digest, directory, executable, size } = value;
  return (
    (size === undefined || typeof size === "number") &&
    typeof version === "string" &&
    typeof digest === "string" &&
    digest.includes(":") &&
    typeof directory === "string" &&
    typeof executable === "string" &&
    isSafeRelative(directory) &&
    !directory.includes("/") &&
    isSafeRelative(executable)
  );
}

// A virus scanner on Windows may hold the file for the moment in which it has just been renamed into place.
const HELD: ReadonlySet<string> = new Set(["EBUSY", "EPERM"]);
const READ_TRIES = 25;
const READ_PAUSE_MS = 20;

function readPatiently(path: string): string {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (attempt === READ_TRIES || !HELD.has(codeOf(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READ_PAUSE_MS);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/**
 * What is read here is executed: it may lead nowhere but below `versions/`. Not by a regular expression, which every
 * start would have to compile.
 */
function isSafeRelative(path: string): boolean {
  if (isDrive(path) || path.includes("\\") || path.includes("\0")) return false;
  return path.split("/").every((part) => part !== ".." && part !== "." && part !== "");
}

function isDrive(path: string): boolean {
  const letter = path.charCodeAt(0) & ~0x20;
  return path[1] === ":" && letter >= 0x41 && letter <= 0x5a;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
