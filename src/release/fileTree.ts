import { nameKey } from "./safePath.ts";

/** What a release's directory holds so far. `layer` counts which layer wrote it last; `path` is relative, with "/". */
export type TreeNode = FolderNode | FileNode | LinkNode;

export interface FolderNode {
  readonly kind: "directory";
  readonly path: string;
  layer: number;
  readonly children: Map<string, TreeNode>;
}

export interface FileNode {
  readonly kind: "file";
  readonly path: string;
  readonly layer: number;
  readonly executable: boolean;
  /** What was written to it, where that is known. */
  content?: FileContent;
}

/** What was seen of a file's content while it was written. */
export interface FileContent {
  /** Bytes. */
  readonly size: number;
  /** When it was written, as its file system says: milliseconds since 1970, with a fraction. */
  readonly modifiedMs: number;
  /** 64 hex digits; undefined where nobody wanted it. */
  readonly sha256: string | undefined;
}

export interface LinkNode {
  readonly kind: "symlink";
  readonly path: string;
  readonly layer: number;
  readonly target: string;
}

// Linux gives up after 40 links as well.
const MAX_LINKS = 40;

export function emptyFolder(path: string, layer: number): FolderNode {
  return { kind: "directory", path, layer, children: new Map() };
}

export function* listFiles(folder: FolderNode): Generator<FileNode> {
  for (const node of folder.children.values()) {
    if (node.kind === "file") yield node;
    else if (node.kind === "directory") yield* listFiles(node);
  }
}

/** The node of this very name; links on the way are not followed, so that what is behind one is not there. */
export function findNode(root: FolderNode, parts: readonly string[], platform: NodeJS.Platform): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const part of parts) {
    if (node?.kind !== "directory") return undefined;
    node = node.children.get(nameKey(part, platform));
  }
  return node;
}

/** The file that the path leads to through links, as the system would walk; undefined where it does not arrive. */
export function resolveFile(
  root: FolderNode,
  parts: readonly string[],
  platform: NodeJS.Platform,
): FileNode | undefined {
  const trail = [root];
  const steps = [...parts];
  let links = 0;
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    if (step === "" || step === ".") continue;
    if (step === "..") {
      trail.pop();
      if (trail.length === 0) return undefined;
      continue;
    }
    const node = trail.at(-1)?.children.get(nameKey(step, platform));
    if (node === undefined) return undefined;
    if (node.kind === "file") return steps.length === 0 ? node : undefined;
    if (node.kind === "directory") trail.push(node);
    else if ((links += 1) > MAX_LINKS) return undefined;
    else steps.unshift(...node.target.split("/"));
  }
  return undefined;
}
