import { createWriteStream, type WriteStream } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join, posix } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { ignoresCase, pathKey, splitSafePath, unsafe } from "./safePath.ts";

/** Most entries that a release may have: an archive of millions of empty files fills a disk's tables, not its space. */
export const MAX_ENTRIES = 200_000;

export interface TreeWriter {
  /** Opens a new file; its folders are made. */
  file(path: string, mode: { readonly executable: boolean }): Promise<WriteStream>;
  directory(path: string): Promise<void>;
  symlink(path: string, target: string): Promise<void>;
  /** A hard link in an archive: the content of a file that was written before, copied. */
  copy(path: string, target: string): Promise<void>;
  /** A whiteout: what an earlier layer of an image put there goes away. */
  remove(path: string): Promise<void>;
  /** An opaque whiteout: all that earlier layers put into the folder goes away. */
  clear(path: string): Promise<void>;
  /** Paths of files written, with "/", and whether each is executable. */
  readonly files: ReadonlyMap<string, { readonly path: string; readonly executable: boolean }>;
}

export interface TreeOptions {
  readonly platform: NodeJS.Platform;
  /** Image layers lie over each other: a later one may replace what an earlier one wrote. */
  readonly replace: boolean;
}

/**
 * Writes below an empty directory and nowhere else. Every path is checked as text, and no path leads through a link:
 * the folders are ones that this writer made.
 */
export function openTree(root: string, { platform, replace }: TreeOptions): TreeWriter {
  const kinds = new Map<string, "directory" | "file" | "symlink">();
  const spelled = new Map<string, string>();
  const files = new Map<string, { path: string; executable: boolean }>();
  let entries = 0;

  return {
    files,

    async file(path, { executable }) {
      const { parts, absolute } = await claim(path, "file");
      const stream = createWriteStream(absolute, { flags: "wx", mode: executable ? 0o755 : 0o644 });
      await new Promise<void>((resolve, reject) => {
        stream.once("open", () => resolve());
        stream.once("error", (error) => reject(writeError(error, absolute)));
      });
      // The mode given to open is cut by the umask of whoever starts the launcher.
      await chmod(absolute, executable ? 0o755 : 0o644);
      files.set(pathKey(parts, platform), { path: parts.join("/"), executable });
      return stream;
    },

    async directory(path) {
      const parts = splitSafePath(path, platform);
      count();
      await makeFolders(path, parts);
    },

    async symlink(path, target) {
      const { parts, absolute } = await claim(path, "symlink");
      checkLink(path, parts, target);
      await attempt(absolute, async () => await symlink(target, absolute));
    },

    async copy(path, target) {
      const from = splitSafePath(target, platform);
      const source = files.get(pathKey(from, platform));
      if (source === undefined)
        throw unsafe(path, `it is a hard link to ${JSON.stringify(target)}, which is no file of the release`);
      const { parts, absolute } = await claim(path, "file");
      await attempt(absolute, async () => await copyFile(join(root, ...from), absolute));
      files.set(pathKey(parts, platform), { path: parts.join("/"), executable: source.executable });
    },

    async remove(path) {
      const parts = splitSafePath(path, platform);
      if (parts.length > 0 && leadsThroughLink(parts) === undefined) await drop(parts);
    },

    async clear(path) {
      const parts = splitSafePath(path, platform);
      if (leadsThroughLink(parts) !== undefined || kinds.get(pathKey(parts, platform)) === "symlink") return;
      const folder = join(root, ...parts);
      const names = await readdir(folder).catch((error: unknown) => {
        if (systemCodeOf(error) === "ENOENT") return [];
        throw error;
      });
      for (const name of names) await drop([...parts, name]);
    },
  };

  async function claim(path: string, kind: "file" | "symlink"): Promise<{ parts: string[]; absolute: string }> {
    const parts = splitSafePath(path, platform);
    if (parts.length === 0) throw unsafe(path, "it names the release's folder itself");
    count();
    await makeFolders(path, parts.slice(0, -1));
    const key = pathKey(parts, platform);
    const before = kinds.get(key);
    if (before !== undefined) {
      if (!replace || before === "directory") throw collision(path, key, before);
      await drop(parts);
    }
    kinds.set(key, kind);
    spelled.set(key, parts.join("/"));
    return { parts, absolute: join(root, ...parts) };
  }

  async function makeFolders(path: string, parts: readonly string[]): Promise<void> {
    for (let length = 1; length <= parts.length; length += 1) {
      const folder = parts.slice(0, length);
      const key = pathKey(folder, platform);
      const before = kinds.get(key);
      if (before === "directory") {
        if (spelled.get(key) !== folder.join("/")) throw collision(path, key, before);
        continue;
      }
      if (before === "symlink") throw unsafe(path, `it leads through the link ${JSON.stringify(folder.join("/"))}`);
      if (before === "file") {
        if (!replace) throw collision(path, key, before);
        await drop(folder);
      }
      const absolute = join(root, ...folder);
      await attempt(absolute, async () => await mkdir(absolute, { mode: 0o755 }));
      kinds.set(key, "directory");
      spelled.set(key, folder.join("/"));
    }
  }

  async function drop(parts: readonly string[]): Promise<void> {
    const key = pathKey(parts, platform);
    await rm(join(root, ...parts), { recursive: true, force: true });
    for (const known of Array.from(kinds.keys())) {
      if (known !== key && !known.startsWith(`${key}/`)) continue;
      kinds.delete(known);
      spelled.delete(known);
      files.delete(known);
    }
  }

  function leadsThroughLink(parts: readonly string[]): string | undefined {
    for (let length = 1; length < parts.length; length += 1) {
      const folder = parts.slice(0, length);
      if (kinds.get(pathKey(folder, platform)) === "symlink") return folder.join("/");
    }
    return undefined;
  }

  function checkLink(path: string, parts: readonly string[], target: string): void {
    if (
      target === "" ||
      target.includes("\0") ||
      target.startsWith("/") ||
      target.includes("\\") ||
      /^[A-Za-z]:/.test(target)
    ) {
      throw unsafe(path, `it is a link to ${JSON.stringify(target)}, which is not inside the release`);
    }
    const away = posix.normalize(posix.join(...parts.slice(0, -1), target));
    if (away === ".." || away.startsWith("../"))
      throw unsafe(path, `it is a link to ${JSON.stringify(target)}, which leads out of the release`);
  }

  function collision(path: string, key: string, kind: string): AppError {
    const other = spelled.get(key) ?? "";
    const same =
      other === path || !ignoresCase(platform)
        ? ""
        : `; ${platform === "win32" ? "Windows" : "macOS"} takes ${JSON.stringify(other)} for the same name`;
    return unsafe(path, `there is a ${kind} of this name already${same}`);
  }

  function count(): void {
    entries += 1;
    if (entries > MAX_ENTRIES)
      throw new AppError("bad-data", `the release has more than ${MAX_ENTRIES} entries`, {
        hint: "Tell the publisher.",
      });
  }
}

async function attempt(path: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw writeError(error, path);
  }
}

function writeError(error: unknown, path: string): unknown {
  // The directory was empty: what is there already has the same name for this file system.
  return systemCodeOf(error) === "EEXIST" ? unsafe(path, "it is there already") : diskError(error, path);
}
