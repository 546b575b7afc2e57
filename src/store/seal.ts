import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../errors.ts";
import { syncDirectory } from "./atomic.ts";

/** One file of a version as it was installed. */
export interface SealedFile {
  /** Relative, with "/". */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What was seen of a file while it was written. */
export interface SeenContent {
  /** Bytes. */
  readonly size: number;
  /** When it was written, as its file system says. */
  readonly modifiedMs: number;
  /** 64 hex digits. */
  readonly sha256: string | undefined;
}

export interface SealOptions {
  /** By relative path, with "/"; files that are not as they were then, and others, are read. */
  readonly seen?: ReadonlyMap<string, SeenContent> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has the disk keep a tree, and notes what is in it: files first, then the folders that hold their names, so that a
 * power cut finds all or nothing after the rename.
 */
export async function sealTree(directory: string, { seen, signal }: SealOptions = {}): Promise<SealedFile[]> {
  const files: SealedFile[] = [];
  await seal("");
  return files;

  async function seal(folder: string): Promise<void> {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      signal?.throwIfAborted();
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await seal(path);
      else if (entry.isFile()) files.push(await sealFile(path));
    }
    await syncDirectory(join(directory, folder));
  }

  async function sealFile(path: string): Promise<SealedFile> {
    // Windows syncs only what is open for writing; the modes that we give allow it.
    const file = await open(join(directory, path), "r+");
    try {
      await file.sync();
      const { size, mtimeMs } = await file.stat();
      const known = seen?.get(path);
      // What was tried before it got here may have changed its own files.
      const same = known?.size === size && known.modifiedMs === mtimeMs;
      return { path, size, sha256: (same ? known.sha256 : undefined) ?? (await hash(file, signal)) };
    } finally {
      await file.close();
    }
  }
}

export interface Damage {
  /** Of the file, relative. */
  readonly path: string;
  /** A part of a sentence. */
  readonly problem: string;
  /** Whether it is known to be another file now, and not just one that cannot be read at the moment. */
  readonly certain: boolean;
}

/** Compares a tree with what was installed; links are not looked at. */
export async function findDamage(directory: string, files: readonly SealedFile[]): Promise<Damage[]> {
  const damage: Damage[] = [];
  for (const file of files) {
    const problem = await problemOf(join(directory, file.path), file);
    if (problem !== undefined) damage.push({ path: file.path, ...problem });
  }
  return damage;
}

async function problemOf(
  path: string,
  { size, sha256 }: SealedFile,
): Promise<Pick<Damage, "problem" | "certain"> | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { problem: "it is no file", certain: true };
    if (found.size !== size) return { problem: `it has ${found.size} bytes instead of ${size}`, certain: true };
    const file = await open(path, "r");
    try {
      return (await hash(file)) === sha256 ? undefined : { problem: "its content is another", certain: true };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemCodeOf(error);
    return code === "ENOENT" || code === "ENOTDIR"
      ? { problem: "it is gone", certain: true }
      : { problem: `it cannot be read (${code ?? String(error)})`, certain: false };
  }
}

const CHUNK_BYTES = 1024 * 1024;

async function hash(file: FileHandle, signal?: AbortSignal): Promise<string> {
  const hashed = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position);
    if (bytesRead === 0) return hashed.digest("hex");
    hashed.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
