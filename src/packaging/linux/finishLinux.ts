import { encodePng } from "../icon/png.ts";
import { resize } from "../icon/image.ts";
import { embeddedInstaller, type FinishedLauncher, type LauncherSpec } from "../launcherSpec.ts";
import { stampLauncher } from "../stamp.ts";

// What the icon folders of desktops are made for (freedesktop.org Icon Theme Specification).
const ICON_PIXELS = 256;

/** The generic launcher with settings and icon: the file itself is what people get. */
export async function finishLinux(generic: string, target: string, spec: LauncherSpec): Promise<FinishedLauncher> {
  const { icon, release, launcherVersion } = spec;
  await stampLauncher(generic, target, {
    installer: embeddedInstaller(spec.installer),
    launcherVersion,
    attach: { icon: icon === undefined ? undefined : encodePng(resize(icon, ICON_PIXELS)), release },
  });
  return { path: target };
}
