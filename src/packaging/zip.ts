import { randomUUID } from "node:crypto";
import { createReadStream, type ReadStream } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { PassThrough } from "node:stream";
import { type ReadStreamOptions, ZipFile } from "yazl";
import { diskError } from "../errors.ts";

// Zips have local times, and begin with this one.
const MTIME = new Date(1980, 0, 1);
const MODE = { folder: 0o40755, file: 0o100644, program: 0o100755, link: 0o120777 } as const;
// Mach-O files for one architecture, and scripts.
const PROGRAM_STARTS = [Buffer.from([0xcf, 0xfa, 0xed, 0xfe]), Buffer.from("#!")];

/**
 * Puts a folder into a zip, as its one top entry, links as links. The same content gives the same bytes, whenever,
 * wherever and under whatever umask it is zipped. An old zip stays until the new one is finished.
 *
 * @throws AppError `io` or `cannot-create` when the disk refuses.
 */
export async function zipFolder(folder: string, zip: string): Promise<void> {
  const beside = `${zip}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const entries = await listEntries(folder, basename(folder));
    const file = await open(beside, "wx");
    try {
      await writeEntries(entries, file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, zip);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw diskError(error, zip);
  }
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
}

/** A folder comes before what is in it, and names follow each other by their code units. */
async function listEntries(folder: string, name: string): Promise<Entry[]> {
  const entries: Entry[] = [{ name, path: folder, mode: MODE.folder, size: 0 }];
  for (const child of (await readdir(folder)).sort()) {
    const [path, childName] = [join(folder, child), `${name}/${child}`];
    const stats = await lstat(path);
    if (stats.isDirectory()) entries.push(...(await listEntries(path, childName)));
    else {
      const mode = stats.isSymbolicLink() ? MODE.link : await fileMode(path, stats.mode);
      entries.push({ name: childName, path, mode, size: stats.size });
    }
  }
  return entries;
}

/** A disk of Windows does not know what may be started, but a Mac wants to. */
async function fileMode(path: string, mode: number): Promise<number> {
  if ((mode & 0o100) !== 0) return MODE.program;
  const file = await open(path);
  try {
    const start = Buffer.alloc(4);
    await file.read(start, 0, start.byteLength, 0);
    return PROGRAM_STARTS.some((bytes) => start.indexOf(bytes) === 0) ? MODE.program : MODE.file;
  } finally {
    await file.close();
  }
}

async function writeEntries(entries: readonly Entry[], target: FileHandle): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  let reading: ReadStream | undefined;
  zip.once("error", (error: Error) => output.destroy(error));
  for (const { name, path, mode, size } of entries) {
    // The other form of time is in UTC, and would tell where the zip was made.
    const options: Partial<ReadStreamOptions> = { mtime: MTIME, mode, forceDosTimestamp: true };
    if (mode === MODE.folder) zip.addEmptyDirectory(name, options);
    else if (mode === MODE.link) zip.addBuffer(Buffer.from(await readlink(path)), name, options);
    else {
      zip.addReadStreamLazy(name, { ...options, size }, (give) => {
        reading = createReadStream(path).once("error", (error) => output.destroy(error));
        give(undefined, reading);
      });
    }
  }
  zip.end();
  try {
    for await (const chunk of output) await target.writeFile(chunk as Uint8Array);
  } finally {
    // Where the target fails first, nobody reads it to its end.
    reading?.destroy();
  }
}
