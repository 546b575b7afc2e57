import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileNameOf } from "../../config/names.ts";
import { embeddedInstaller, type FinishedLauncher, type LauncherSpec } from "../launcherSpec.ts";
import { runSigningCommand } from "../sign.ts";
import { stampLauncher } from "../stamp.ts";
import { composeIco } from "../icon/ico.ts";
import { brandWindows } from "./brand.ts";
import { writeChecksum } from "./checksum.ts";
import { makeCompact } from "./nsis.ts";

const UNSIGNED = "it is not signed: Windows warns people who download it, until many have done so";

/**
 * The generic launcher with icon, properties and settings, signed last: a signature covers everything before it.
 * Branding writes the file anew, so it comes before anything that remembers an offset.
 */
export async function finishWindows(generic: string, target: string, spec: LauncherSpec): Promise<FinishedLauncher> {
  const { installer, launcherVersion, icon, release } = spec;
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
  await writeChecksum(target);
  return await signed(target, spec);
}

/**
 * The finished launcher once more, in a file that holds it compressed.
 *
 * @throws AppError `unavailable` where makensis is missing.
 */
export async function compactWindows(launcher: string, target: string, spec: LauncherSpec): Promise<FinishedLauncher> {
  const { installer, launcherVersion, icon, signing } = spec;
  const directory = await mkdtemp(join(dirname(target), ".work-"));
  try {
    const iconFile = join(directory, "icon.ico");
    if (icon !== undefined) await writeFile(iconFile, composeIco(icon));
    const output = join(directory, "compact.exe");
    const compact = {
      launcher,
      output,
      name: installer.name,
      version: launcherVersion,
      place: `${installer.id}\\Data\\launcher\\${installer.desktop.command ?? fileNameOf(installer.name)}.exe`,
      ...(installer.publisher === undefined ? {} : { publisher: installer.publisher }),
      ...(icon === undefined ? {} : { icon: iconFile }),
    };
    await makeCompact(compact, { directory, env: signing.env });
    await rename(output, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return await signed(target, spec);
}

async function signed(target: string, { installer, signing }: LauncherSpec): Promise<FinishedLauncher> {
  const command = installer.sign?.windows;
  if (command === undefined) return { path: target, warning: UNSIGNED };
  await runSigningCommand(command, target, signing);
  return { path: target };
}
