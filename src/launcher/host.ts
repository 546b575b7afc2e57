import { execFileSync } from "node:child_process";
import { machine, release } from "node:os";
import type { Environment } from "../config/environment.ts";
import type { Host } from "../oci/platform.ts";

const OS: Readonly<Record<string, string>> = { win32: "windows" };
const ARCHITECTURE: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  x86_64: "amd64",
  aarch64: "arm64",
  AMD64: "amd64",
  ARM64: "arm64",
};

/** The machine as it is, not as an emulator shows it to an amd64 launcher. */
export function detectHost(platform: NodeJS.Platform, arch: string, env: Environment): Host {
  const os = OS[platform] ?? platform;
  const own = ARCHITECTURE[arch] ?? arch;
  switch (platform) {
    case "darwin":
      return {
        os,
        architecture: own === "amd64" && underRosetta() ? "arm64" : own,
        osVersion: macosVersion(release()),
      };
    case "win32": {
      // Windows on ARM tells an emulated process AMD64, but names the real processor here.
      const onArm =
        /^ARMv8|Qualcomm/i.test(env["PROCESSOR_IDENTIFIER"] ?? "") || env["PROCESSOR_ARCHITEW6432"] === "ARM64";
      return { os, architecture: onArm ? "arm64" : own, osVersion: release() };
    }
    case "linux":
      return { os, architecture: ARCHITECTURE[machine()] ?? own, libc: hasGlibc() ? "glibc" : "musl" };
    default:
      return { os, architecture: own };
  }
}

/** From Darwin's version: 20 is macOS 11, 24 is 15, and with 25 Apple took the year for a number, 26. */
export function macosVersion(darwin: string): string {
  const major = Number.parseInt(darwin, 10);
  return String(major >= 25 ? major + 1 : major - 9);
}

function underRosetta(): boolean {
  try {
    return (
      execFileSync("/usr/sbin/sysctl", ["-in", "sysctl.proc_translated"], {
        encoding: "utf8",
        timeout: 2000,
      }).trim() === "1"
    );
  } catch {
    // Before macOS 11 there was no such key, and nothing to translate.
    return false;
  }
}

function hasGlibc(): boolean {
  const report: unknown = process.report.getReport();
  if (typeof report !== "object" || report === null || !("header" in report)) return true;
  const { header } = report;
  return typeof header === "object" && header !== null && "glibcVersionRuntime" in header;
}
