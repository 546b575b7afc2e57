import type { Installer } from "../config/installer.ts";
import { fileNameOf } from "../config/names.ts";
import type { Target } from "./targets.ts";

/** The name of a finished launcher's file, by which `slipway push --launcher` finds it again. */
export function launcherFile({ name }: Pick<Installer, "name">, { platform, suffix }: Target): string {
  const { os, architecture } = platform;
  return `${fileNameOf(name)}-${os}-${architecture}${os === "darwin" ? ".zip" : suffix}`;
}
