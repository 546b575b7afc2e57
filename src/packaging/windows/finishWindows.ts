import { readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { embeddedInstaller, type FinishedLauncher, type LauncherSpec } from "../launcherSpec.ts";
import { runSigningCommand } from "../sign.ts";
import { stampLauncher } from "../stamp.ts";
import { brandWindows } from "./brand.ts";

const UNSIGNED = "it is not signed: Windows warns people who download it, until many have done so";

/**
 * The generic launcher with icon, properties and settings, signed last: a signature covers everything before it.
 * Branding writes the file anew, so it comes before anything that remembers an offset.
 */
export async function finishWindows(generic: string, target: string, spec: LauncherSpec): Promise<FinishedLauncher> {
  const { installer, launcherVersion, icon, release, signing } = spec;
  const branded = `${target}.branded.tmp`;
  try {
    await writeFile(
      branded,
      brandWindows(await readFile(generic), {
        name: installer.name,
        version: launcherVersion,
        fileName: basename(target),
        interface: installer.interface,
        ...(installer.publisher === undefined ? {} : { publisher: installer.publisher }),
        ...(icon === undefined ? {} : { icon }),
      }),
    );
    await stampLauncher(branded, target, {
      installer: embeddedInstaller(installer),
      launcherVersion,
      attach: { release },
    });
  } finally {
    await rm(branded, { force: true });
  }
  const command = installer.sign?.windows;
  if (command === undefined) return { path: target, warning: UNSIGNED };
  await runSigningCommand(command, target, signing);
  return { path: target };
}
