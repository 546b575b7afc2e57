import { closeSync, existsSync, mkdirSync, openSync, readSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleOf } from "../config/bundle.ts";
import { pathOf } from "./attached.ts";
import type { LaunchContext } from "./context.ts";

/** The program's icon as a PNG, where the launcher carries one. */
export function readIcon({ embedded, executable }: LaunchContext): Uint8Array | undefined {
  const { icon } = embedded.attached;
  if (icon === undefined) return undefined;
  const file = openSync(pathOf(icon, executable), "r");
  try {
    const bytes = Buffer.alloc(icon.size);
    return readSync(file, bytes, 0, icon.size, icon.offset) === icon.size ? bytes : undefined;
  } finally {
    closeSync(file);
  }
}

/** A file with the program's icon, for windows. */
export function iconFile(context: LaunchContext): string | undefined {
  if (process.platform === "win32") return context.executable;
  const bundle = bundleOf(context.executable);
  const path =
    bundle === undefined
      ? join(context.paths.launcher, "icon.png")
      : join(bundle, "Contents", "Resources", "icon.icns");
  if (existsSync(path)) return path;
  try {
    const icon = readIcon(context);
    if (icon === undefined) return undefined;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, icon);
    return path;
  } catch {
    // A window without an icon is a window.
    return undefined;
  }
}
