import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseInstaller } from "../../src/config/installer.ts";
import { launcherFile } from "../../src/packaging/launcherFile.ts";
import { emptyPlaceholder, stampLauncher } from "../../src/packaging/stamp.ts";
import { TARGETS } from "../../src/packaging/targets.ts";
import { sampleIcon } from "./sampleIcon.ts";
import type { Sandbox } from "./sandbox.ts";

export interface SmallLaunchersOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Bytes of each, about. */
  readonly size?: number;
}

/**
 * Writes installer.json, an icon, and for each platform a file that `slipway push --launcher` takes for a launcher:
 * stamped as `slipway build` does it, but with text where the program would be. Nobody starts them.
 */
export async function writeSmallLaunchers(sandbox: Sandbox, options: SmallLaunchersOptions = {}): Promise<void> {
  const { settings = {}, size = 200_000 } = options;
  const value = {
    id: "com.example.app",
    name: "Example App",
    publisher: "Example Inc.",
    repository: sandbox.repository,
    icon: "icon.png",
    launcherVersion: "1.0.0",
    ...settings,
  };
  await writeFile(join(sandbox.directory, "icon.png"), sampleIcon(64));
  await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(value));
  const installer = parseInstaller(Buffer.from(JSON.stringify(value)), "installer.json");
  const dist = join(sandbox.directory, "dist");
  await mkdir(dist, { recursive: true });
  for (const target of TARGETS) {
    const path = join(dist, launcherFile(installer, target));
    const text = `${target.pkgTarget} `.repeat(Math.ceil(size / (target.pkgTarget.length + 1)));
    await writeFile(`${path}.generic`, `${text}${emptyPlaceholder()}`);
    const stamp = { installer, launcherVersion: installer.launcherVersion ?? "", attached: {} };
    await stampLauncher(`${path}.generic`, path, stamp);
  }
}
