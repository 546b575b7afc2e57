import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

let root: string | undefined;

/** A folder for all that the targets write. */
export function workplace(): string {
  root ??= mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
  return root;
}

export function clearWorkplace(): void {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
  root = undefined;
}

/** The bytes as a file, over whatever was there. */
export function fileWith(bytes: Uint8Array, ...path: string[]): string {
  const file = join(workplace(), ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** A folder without anything in it. */
export function emptyFolder(...path: string[]): string {
  const folder = join(workplace(), ...path);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
