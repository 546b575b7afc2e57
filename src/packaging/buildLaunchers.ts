import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatPlatform } from "../oci/platform.ts";
import { launcherFile } from "./launcherFile.ts";
import type { FinishedLauncher, LauncherSpec } from "./launcherSpec.ts";
import { finishLinux } from "./linux/finishLinux.ts";
import { finishMac } from "./mac/finishMac.ts";
import type { Target } from "./targets.ts";
import { compactWindows, finishWindows } from "./windows/finishWindows.ts";

export interface BuildOptions extends Omit<LauncherSpec, "release"> {
  readonly targets: readonly Target[];
  readonly outDirectory: string;
  /** Whether there is a compressed file for Windows as well. */
  readonly compact?: boolean;
  /** Gives the path of the launcher for a target that carries no program yet. */
  readonly provideGeneric: (target: Target) => Promise<string>;
  /** Gives the path of a tar with the release that comes along. */
  readonly provideRelease?: ((target: Target) => Promise<string>) | undefined;
}

export interface BuiltLauncher extends FinishedLauncher {
  readonly platform: string;
  /** Bytes. */
  readonly size: number;
}

const FINISH: Readonly<
  Record<string, (generic: string, target: string, spec: LauncherSpec) => Promise<FinishedLauncher>>
> = { linux: finishLinux, windows: finishWindows, darwin: finishMac };

/** One file for each target: the generic launcher with the publisher's settings, icon and name. */
export async function buildLaunchers(options: BuildOptions): Promise<BuiltLauncher[]> {
  const { targets, outDirectory, provideGeneric, provideRelease, compact = false, ...spec } = options;
  await mkdir(outDirectory, { recursive: true });
  const built: BuiltLauncher[] = [];
  for (const target of targets) {
    const finish = FINISH[target.platform.os];
    if (finish === undefined) throw new Error(`no way to finish a launcher for ${formatPlatform(target.platform)}`);
    const finished = await finish(
      await provideGeneric(target),
      join(outDirectory, launcherFile(options.installer, target)),
      {
        ...spec,
        release: await provideRelease?.(target),
      },
    );
    built.push(await describe(finished, target));
    if (compact && target.platform.os === "windows") {
      const path = finished.path.replace(/\.exe$/, ".compact.exe");
      built.push(await describe(await compactWindows(finished.path, path, { ...spec, release: undefined }), target));
    }
  }
  return built;
}

async function describe(finished: FinishedLauncher, { platform }: Target): Promise<BuiltLauncher> {
  return { ...finished, platform: formatPlatform(platform), size: (await stat(finished.path)).size };
}
