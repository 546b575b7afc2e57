import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileNameOf } from "../../config/names.ts";
import { composeIcns } from "../icon/icns.ts";
import { embeddedInstaller, type FinishedLauncher, type LauncherSpec } from "../launcherSpec.ts";
import { runSigningCommand } from "../sign.ts";
import { stampLauncher } from "../stamp.ts";
import { zipFolder } from "../zip.ts";
import { writeAppBundle } from "./appBundle.ts";
import { stat } from "node:fs/promises";

const AD_HOC = "it is signed without an Apple certificate: people have to allow it once, in System Settings";
const RELEASE = "release.tar";

/** An app bundle in a zip: the launcher, its icon and what comes along, sealed by a signature. */
export async function finishMac(generic: string, target: string, spec: LauncherSpec): Promise<FinishedLauncher> {
  const { installer, launcherVersion, icon, release, signing } = spec;
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), ".work-"));
  try {
    const launcher = join(work, "launcher");
    await stampLauncher(generic, launcher, {
      installer: embeddedInstaller(installer),
      launcherVersion,
      beside:
        release === undefined
          ? {}
          : { release: { file: `../Resources/${RELEASE}`, offset: 0, size: (await stat(release)).size } },
    });
    const bundle = await writeAppBundle(work, {
      id: installer.id,
      name: installer.name,
      version: launcherVersion,
      executable: fileNameOf(installer.name),
      launcher,
      fileTypes: installer.desktop.fileTypes,
      urlSchemes: installer.desktop.urlSchemes,
      resources: release === undefined ? [] : [{ name: RELEASE, path: release }],
      ...(installer.publisher === undefined ? {} : { publisher: installer.publisher }),
      ...(icon === undefined ? {} : { icon: composeIcns(icon) }),
    });
    const command = installer.sign?.darwin;
    if (command !== undefined) await runSigningCommand(command, bundle, signing);
    await zipFolder(bundle, target);
    return { path: target, ...(command === undefined ? { warning: AD_HOC } : {}) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
