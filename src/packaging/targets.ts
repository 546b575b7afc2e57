import { AppError } from "../errors.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { isMachine, type Machine, NODE_PACKAGES, type NodePackage } from "./nodePackages.ts";

/** The runtime of every launcher, of development and of the tests: the one version that npm holds for all targets. */
export const NODE_VERSION = "22.23.2";

/** How a launcher is made for one platform. */
export interface Target {
  readonly platform: Platform;
  readonly nodePackage: NodePackage;
  /** pkg's name for it. */
  readonly pkgTarget: string;
  /** The base's name in pkg's cache, and the archive that pkg believes it came from. */
  readonly pkgBase: string;
  readonly pkgArchive: "tar.gz" | "zip";
  readonly suffix: "" | ".exe";
}

const BY_MACHINE: Readonly<Record<Machine, Target>> = {
  "linux-x64": target("linux", "amd64", "linux-x64"),
  "linux-arm64": target("linux", "arm64", "linux-arm64"),
  "darwin-arm64": target("darwin", "arm64", "darwin-arm64"),
  "darwin-x64": target("darwin", "amd64", "darwin-x64"),
  "win32-x64": target("windows", "amd64", "win32-x64"),
};

export const TARGETS: readonly Target[] = Object.values(BY_MACHINE);

/** @throws AppError `usage` for a platform that launchers are not made for. */
export function findTarget(platform: Platform): Target {
  const wanted = formatPlatform(platform);
  const found = TARGETS.find((entry) => formatPlatform(entry.platform) === wanted);
  if (found !== undefined) return found;
  throw new AppError("usage", `no launcher can be made for ${wanted}`, {
    hint: `Choose from: ${TARGETS.map((entry) => formatPlatform(entry.platform)).join(", ")}.`,
  });
}

/**
 * The target of the machine that builds. @param platform,arch as Node names them.
 *
 * @throws AppError `usage` where no Node comes with Slipway: making launchers takes one of the very same version.
 */
export function hostTarget(platform: string, arch: string): Target {
  const machine = `${platform}-${arch}`;
  if (isMachine(machine)) return BY_MACHINE[machine];
  throw new AppError("usage", `no launcher can be made on this computer (${machine})`, {
    hint: `Build on one of: ${Object.keys(BY_MACHINE).join(", ")}.`,
  });
}

function target(os: string, architecture: string, machine: Machine): Target {
  const windows = os === "windows";
  // pkg says win for win32; and macos for darwin, but in the names of its cache.
  const cached = machine.replace("win32", "win");
  return {
    platform: { os, architecture },
    nodePackage: NODE_PACKAGES[machine],
    pkgTarget: `node${NODE_VERSION}-${cached.replace("darwin", "macos")}`,
    pkgBase: `node-v${NODE_VERSION}-${cached}`,
    pkgArchive: windows ? "zip" : "tar.gz",
    suffix: windows ? ".exe" : "",
  };
}
