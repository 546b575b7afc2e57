import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
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

/** Copies a generic launcher and writes the configuration into the copy, which gets its name when it is finished. */
export async function stampLauncher(generic: string, target: string, installer: unknown): Promise<void> {
  const configuration = encodeConfiguration(installer);
  const beside = `${target}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const offset = findPlaceholder(await readFile(generic));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(generic, beside);
    const file = await open(beside, "r+");
    try {
      await file.write(configuration, 0, configuration.byteLength, offset);
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
