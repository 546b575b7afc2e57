import { constants, fchmodSync, openSync } from "node:fs";
import { copyFile, mkdir, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import {
  emptyFolder,
  type FileNode,
  findNode,
  type FolderNode,
  listFiles,
  resolveFile,
  type TreeNode,
} from "./fileTree.ts";
import { checkLinkTarget, ignoresCase, nameKey, splitSafePath, unsafe } from "./safePath.ts";
import { attempt } from "./writing.ts";

export interface TreeWriter {
  /** What is written from now on lies over what was written before. */
  beginLayer(): void;
  /** Opens a new file; its folders are made. What is written to it is the caller's to note in the node. */
  file(path: string, mode: { readonly executable: boolean }): Promise<OpenedFile>;
  directory(path: string): Promise<void>;
  symlink(path: string, target: string): Promise<void>;
  /** A hard link in an archive: the content of a file that was written before, copied. */
  copy(path: string, target: string): Promise<void>;
  /** A whiteout: what an earlier layer put there goes away. */
  remove(path: string): Promise<void>;
  /** An opaque whiteout: all that earlier layers put into the folder goes away. */
  clear(path: string): Promise<void>;
  /** Every file that is there now. */
  files(): FileNode[];
  /** The file that the path leads to, through links too. @throws AppError `bad-data` for an unsafe path. */
  resolve(path: string): FileNode | undefined;
}

export interface OpenedFile {
  /** Of the system. */
  readonly descriptor: number;
  readonly node: FileNode;
}

export interface TreeOptions {
  readonly platform: NodeJS.Platform;
  /** Image layers lie over each other: a later one may replace what an earlier one wrote. */
  readonly replace: boolean;
  /** Most entries, folders on the way included. */
  readonly maxEntries: number;
  /** Told of bytes that will be written beside the streams; throws when they are too many. */
  readonly grow: (bytes: number) => void;
}

/**
 * Writes below an empty directory and nowhere else. Every path is checked as text, and no path leads through a link:
 * the folders are ones that this writer made.
 */
export function openTree(root: string, { platform, replace, maxEntries, grow }: TreeOptions): TreeWriter {
  const top = emptyFolder("", 0);
  let layer = 0;
  let entries = 0;

  return {
    beginLayer: () => void (layer += 1),
    files: () => [...listFiles(top)],
    resolve: (path) => resolveFile(top, splitSafePath(path, platform), platform),

    async file(path, { executable }) {
      const { name, parent, inside, absolute } = await claim(path);
      const mode = executable ? 0o755 : 0o644;
      const descriptor = await attempt(path, absolute, async () => openSync(absolute, "wx", mode));
      // The mode given to open is cut by the umask of whoever starts the launcher. At once: handing such short work to
      // another thread takes longer than the work.
      fchmodSync(descriptor, mode);
      const node: FileNode = { kind: "file", path: inside, layer, executable };
      keep(parent, name, node);
      return { descriptor, node };
    },

    async directory(path) {
      const parts = splitSafePath(path, platform);
      count();
      const parent = await enter(path, parts.slice(0, -1));
      const known = parent.children.get(nameKey(parts.at(-1) ?? "", platform));
      if (known?.kind === "symlink" && mayReplace(known) && known.layer < layer) await drop(parent, known);
      await enter(path, parts);
    },

    async symlink(path, target) {
      const parts = splitSafePath(path, platform);
      checkLinkTarget(path, target, { parent: parts.slice(0, -1), platform });
      const { name, parent, inside, absolute } = await claim(path);
      await attempt(path, absolute, async () => await symlink(target, absolute));
      keep(parent, name, { kind: "symlink", path: inside, layer, target });
    },

    async copy(path, target) {
      const { name, parent, inside, absolute } = await claim(path);
      const source = findNode(top, splitSafePath(target, platform), platform);
      if (source?.kind !== "file")
        throw unsafe(path, `it is a hard link to ${JSON.stringify(target)}, which is no file of the release`);
      const from = join(root, source.path);
      grow((await stat(from)).size);
      await attempt(path, absolute, async () => await copyFile(from, absolute, constants.COPYFILE_EXCL));
      keep(parent, name, { kind: "file", path: inside, layer, executable: source.executable });
    },

    async remove(path) {
      const parts = splitSafePath(path, platform);
      count();
      const parent = findNode(top, parts.slice(0, -1), platform);
      const node = findNode(top, parts, platform);
      if (parts.length > 0 && parent?.kind === "directory" && node !== undefined) await hide(parent, node);
    },

    async clear(path) {
      count();
      const folder = findNode(top, splitSafePath(path, platform), platform);
      if (folder?.kind === "directory") await hideAll(folder);
    },
  };

  /** Makes room for a new entry: its folders are there, and nothing else has its name. */
  async function claim(path: string): Promise<{ name: string; parent: FolderNode; inside: string; absolute: string }> {
    const parts = splitSafePath(path, platform);
    const name = parts.at(-1);
    if (name === undefined) throw unsafe(path, "it names the release's folder itself");
    count();
    const parent = await enter(path, parts.slice(0, -1));
    const known = parent.children.get(nameKey(name, platform));
    if (known !== undefined) {
      if (!mayReplace(known)) throw collision(path, known);
      await drop(parent, known);
    }
    const inside = parts.join("/");
    return { name, parent, inside, absolute: join(root, inside) };
  }

  /** Walks down, and makes the folders that are missing. */
  async function enter(path: string, parts: readonly string[]): Promise<FolderNode> {
    let folder = top;
    for (const [depth, part] of parts.entries()) {
      const inside = parts.slice(0, depth + 1).join("/");
      let known = folder.children.get(nameKey(part, platform));
      if (known?.kind === "symlink") throw unsafe(path, `it leads through the link ${JSON.stringify(known.path)}`);
      if (known !== undefined && known.path !== inside) throw collision(path, known);
      if (known?.kind === "file") {
        if (!mayReplace(known)) throw collision(path, known);
        await drop(folder, known);
        known = undefined;
      }
      known ??= await makeFolder(path, { inside, parent: folder, name: part });
      known.layer = layer;
      folder = known;
    }
    return folder;
  }

  async function makeFolder(
    path: string,
    { inside, parent, name }: { inside: string; parent: FolderNode; name: string },
  ): Promise<FolderNode> {
    count();
    const absolute = join(root, inside);
    await attempt(path, absolute, async () => await mkdir(absolute, { mode: 0o755 }));
    const made = emptyFolder(inside, layer);
    keep(parent, name, made);
    return made;
  }

  function keep(parent: FolderNode, name: string, node: TreeNode): void {
    parent.children.set(nameKey(name, platform), node);
  }

  /** A folder gives way only to a later layer: in one layer it would be a mistake of the archive. */
  function mayReplace(node: TreeNode): boolean {
    return replace && (node.kind !== "directory" || node.layer < layer);
  }

  async function drop(parent: FolderNode, node: TreeNode): Promise<void> {
    const absolute = join(root, node.path);
    await attempt(node.path, absolute, async () => await rm(absolute, { recursive: true, force: true }));
    parent.children.delete(nameKey(node.path.slice(node.path.lastIndexOf("/") + 1), platform));
  }

  /** image-spec layer.md "Whiteouts": they apply to lower layers only, whatever their place in their own. */
  async function hide(parent: FolderNode, node: TreeNode): Promise<void> {
    if (node.layer < layer) await drop(parent, node);
    else if (node.kind === "directory") await hideAll(node);
  }

  async function hideAll(folder: FolderNode): Promise<void> {
    for (const child of folder.children.values()) await hide(folder, child);
  }

  function collision(path: string, known: TreeNode): AppError {
    const system = platform === "win32" ? "Windows" : "macOS";
    const same = ignoresCase(platform) ? `; ${system} takes ${JSON.stringify(known.path)} for the same name` : "";
    const wrote = path
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/");
    return unsafe(path, `there is a ${known.kind} of this name already${known.path === wrote ? "" : same}`);
  }

  function count(): void {
    entries += 1;
    if (entries > maxEntries)
      throw new AppError("bad-data", `the release has more than ${maxEntries} entries`, {
        hint: "Tell the publisher.",
      });
  }
}
