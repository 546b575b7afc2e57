import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Installer } from "../config/installer.ts";
import { formatPlatform } from "../oci/platform.ts";
import { type GenericOptions, makeGenericLauncher } from "./generic.ts";
import { stampLauncher } from "./stamp.ts";
import type { Target } from "./targets.ts";

export interface BuildOptions extends GenericOptions {
  readonly installer: Installer;
  readonly targets: readonly Target[];
  readonly outDirectory: string;
}

export interface BuiltLauncher {
  readonly platform: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What stands between this file and a double-click, as a sentence. */
  readonly warning?: string;
}

/** One file for each target: the generic launcher with the publisher's configuration stamped in. */
export async function buildLaunchers(options: BuildOptions): Promise<BuiltLauncher[]> {
  const built: BuiltLauncher[] = [];
  for (const target of options.targets) {
    const generic = await makeGenericLauncher(target, options);
    const { os, architecture } = target.platform;
    const path = join(
      options.outDirectory,
      `${fileName(options.installer.name)}-${os}-${architecture}${target.suffix}`,
    );
    await stampLauncher(generic, path, options.installer);
    built.push({
      platform: formatPlatform(target.platform),
      path,
      size: (await stat(path)).size,
      ...(os === "darwin"
        ? { warning: "it is not signed, and macOS starts it only after: codesign --sign - FILE" }
        : {}),
    });
  }
  return built;
}

/** The program's name as a file name that every system and shell takes without quotes. */
export function fileName(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return plain === "" ? "program" : plain;
}
