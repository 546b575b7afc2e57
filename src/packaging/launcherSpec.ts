import type { Installer } from "../config/installer.ts";
import type { RgbaImage } from "./icon/image.ts";
import type { SignOptions } from "./sign.ts";

/** What a publisher wants of a launcher, whatever the system. */
export interface LauncherSpec {
  readonly installer: Installer;
  /** SemVer. */
  readonly launcherVersion: string;
  readonly icon: RgbaImage | undefined;
  /** Path of a tar with a release that comes along. */
  readonly release: string | undefined;
  /** What signing commands are started with. */
  readonly signing: SignOptions;
}

/** A launcher that is finished, as a file to hand to people. */
export interface FinishedLauncher {
  readonly path: string;
  /** What people will see of it that they should not, as a sentence. */
  readonly warning?: string;
}

/** The settings as a launcher carries them: how it was signed is the publisher's own affair. */
export function embeddedInstaller(installer: Installer): Installer {
  const { sign: _sign, ...embedded } = installer;
  return embedded;
}
