import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of a few kilobytes takes root, and a sandbox may forbid it even then. */
export function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "slipway-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]).status === 0;
  if (mounted) spawnSync("umount", [directory]);
  else console.warn("skipped: a full disk takes the right to mount one");
  rmdirSync(directory);
  return mounted;
}
