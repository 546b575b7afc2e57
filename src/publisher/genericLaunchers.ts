import { copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "../errors.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { BuiltLauncher } from "../packaging/buildLaunchers.ts";
import type { Target } from "../packaging/targets.ts";
import { genericFile } from "./launcherSource.ts";

/** Copies launchers that carry no program into a folder, under the names by which they are found there. */
export async function copyGenerics(
  targets: readonly Target[],
  { out, provide }: { readonly out: string; readonly provide: (target: Target) => Promise<string> },
): Promise<BuiltLauncher[]> {
  await mkdir(out, { recursive: true });
  const copied: BuiltLauncher[] = [];
  for (const target of targets) {
    const path = join(out, genericFile(target));
    try {
      await copyFile(await provide(target), path);
    } catch (error) {
      throw diskError(error, path);
    }
    copied.push({ path, platform: formatPlatform(target.platform), size: (await stat(path)).size });
  }
  return copied;
}
