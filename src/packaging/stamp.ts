import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Attachment, Embedded } from "../config/embedded.ts";
import { AppError, diskError } from "../errors.ts";

/** Bytes that a configuration may have once it is written as ASCII. */
export const PLACEHOLDER_BYTES = 16 * 1024;

// Put together here, because each marker must occur exactly once in a launcher.
const BEGIN = ["<slipway", "installer>"].join(":");
const END = ["</slipway", "installer>"].join(":");

/** What the bundler puts into the launcher: an empty configuration of full length. */
export function emptyPlaceholder(): string {
  return `${BEGIN}${" ".repeat(PLACEHOLDER_BYTES)}${END}`;
}

/**
 * Where the configuration stands in a launcher, as an offset in bytes.
 *
 * @throws AppError `internal` when this is no launcher of ours.
 */
export function findPlaceholder(launcher: Buffer): number {
  const begin = launcher.indexOf(BEGIN);
  const start = begin + BEGIN.length;
  const whole = begin !== -1 && launcher.indexOf(END, start) === start + PLACEHOLDER_BYTES;
  if (!whole || launcher.indexOf(BEGIN, start) !== -1) {
    throw new AppError("internal", "the generic launcher has no place for a configuration, or more than one", {
      hint: "Remove Slipway's cache folder and build again.",
    });
  }
  return start;
}

/**
 * The configuration as it stands in the file: JSON in ASCII, padded to full length, with nothing that would end or
 * change the raw template literal around it.
 *
 * @throws AppError `config` when it is too long.
 */
export function encodeConfiguration(installer: unknown): Buffer {
  const text = JSON.stringify(installer).replace(
    /[^\u0020-\u007e]|[`$]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (text.length > PLACEHOLDER_BYTES) {
    throw new AppError(
      "config",
      `installer.json is too large for a launcher: ${text.length} of ${PLACEHOLDER_BYTES} bytes`,
      {
        hint: "Shorten it; long texts belong into the program.",
      },
    );
  }
  return Buffer.from(text.padEnd(PLACEHOLDER_BYTES), "latin1");
}

/** What a launcher is to carry. */
export interface Stamp extends Omit<Embedded, "attached"> {
  readonly attach?: {
    /** A PNG. */
    readonly icon?: Uint8Array | undefined;
    /** Path of a tar with a release. */
    readonly release?: string | undefined;
  };
  /** Where what comes along lies already, relative to the executable's folder. */
  readonly beside?: Embedded["attached"];
}

/**
 * Copies a launcher, appends what comes along, and writes the configuration into the copy, which gets its name when it
 * is finished. Executables of all systems may be followed by other bytes; a Mac's signature does not allow it.
 */
export async function stampLauncher(generic: string, target: string, stamp: Stamp): Promise<void> {
  const beside = `${target}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const start = findPlaceholder(await readFile(generic));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(generic, beside);
    const file = await open(beside, "r+");
    try {
      const { attach, beside: there, ...said } = stamp;
      const attached = { ...there, ...(await appendAll(file, attach ?? {})) };
      const configuration = encodeConfiguration({ ...said, attached } satisfies Embedded);
      await file.write(configuration, 0, configuration.byteLength, start);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(beside, 0o755);
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw diskError(error, target);
  }
}

/** What `slipway build` wrote into a launcher; undefined for a file that is none, is damaged, or serves nobody yet. */
export function readStamp(launcher: Buffer): Embedded | undefined {
  let start: number;
  try {
    start = findPlaceholder(launcher);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
  const text = launcher.toString("latin1", start, start + PLACEHOLDER_BYTES).trim();
  try {
    const value: unknown = JSON.parse(text);
    return isEmbedded(value) ? value : undefined;
  } catch {
    // Nothing is written there, or it is damaged.
    return undefined;
  }
}

function isEmbedded(value: unknown): value is Embedded {
  if (typeof value !== "object" || value === null) return false;
  const { installer, launcherVersion, attached } = value as Record<string, unknown>;
  return (
    typeof installer === "object" &&
    installer !== null &&
    typeof launcherVersion === "string" &&
    typeof attached === "object" &&
    attached !== null
  );
}

async function appendAll(file: FileHandle, { icon, release }: NonNullable<Stamp["attach"]>) {
  return {
    ...(icon === undefined ? {} : { icon: await append(file, [icon]) }),
    ...(release === undefined ? {} : { release: await append(file, createReadStream(release)) }),
  };
}

async function append(
  file: FileHandle,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<Attachment> {
  // Signing tools for Windows pad to eight bytes anyway.
  const offset = Math.ceil((await file.stat()).size / 8) * 8;
  let end = offset;
  for await (const chunk of content) {
    await file.write(chunk, 0, chunk.byteLength, end);
    end += chunk.byteLength;
  }
  return { offset, size: end - offset };
}
