import { lstat, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isExecutable } from "../../release/executable.ts";
import { readProgramFormat } from "../../release/format/programFormat.ts";
import type { MacFile } from "./judgeSignature.ts";

export interface ScannedFiles {
  /** Every program and library for a Mac. */
  readonly mac: readonly MacFile[];
  /** Programs that lack the bit without which nobody may start them. */
  readonly unmarked: readonly string[];
}

/** What the files beside the program are: the program starts and loads them, and nobody looks at them before. */
export async function scanFiles(directory: string): Promise<ScannedFiles> {
  const mac: MacFile[] = [];
  const unmarked: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const absolute = join(entry.parentPath, entry.name);
    // By its first bytes alone.
    if (!(await isExecutable(absolute, 0))) continue;
    const format = readProgramFormat(absolute);
    const path = relative(directory, absolute).replaceAll(sep, "/");
    if (format.kind === "mach-o") mac.push({ path, format });
    const { mode } = await lstat(absolute);
    const starts =
      (format.kind === "elf" && format.loader !== undefined && !/\.so(\.\d+)*$/.test(path)) ||
      (format.kind === "mach-o" && format.slices.some(({ startable }) => startable));
    if (starts && (mode & 0o111) === 0) unmarked.push(path);
  }
  return { mac, unmarked };
}
