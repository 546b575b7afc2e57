import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import { parseReference, parseRepository, type Reference } from "../oci/reference.ts";
import { tagOfVersion, versionOfTag } from "../release/versionTag.ts";
import type { CommandContext } from "./command.ts";
import { readInstallerFor, readInstaller } from "./installerFile.ts";

export interface PushSubject {
  readonly reference: Reference;
  readonly version: string;
  /** The program's own, where it is known. */
  readonly installer: Installer | undefined;
}

/** What a release is pushed as: `HOST/NAME:VERSION`, or a version of installer.json's program. @throws AppError `usage`. */
export async function readPushTarget(
  text: string,
  context: CommandContext,
  config: string | undefined,
): Promise<PushSubject> {
  const colon = text.lastIndexOf(":");
  const isReference = text.includes("/") && colon > text.lastIndexOf("/");
  const version = versionOfTag((isReference ? text.slice(colon + 1) : text).replace("+", "_"));
  if (version === undefined) {
    const named = isReference ? text.slice(colon + 1) : text;
    throw new AppError("usage", `${JSON.stringify(named)} is not a version`, {
      hint: "A release's tag is a SemVer version, such as 1.2.0 or 2.0.0-rc.1: launchers choose the newest by it.",
    });
  }
  const tag = tagOfVersion(version);
  if (!isReference) {
    const installer = await readInstaller(context.cwd, config);
    return { reference: { ...parseRepository(installer.repository), tag }, version, installer };
  }
  const reference = { ...parseReference(text.slice(0, colon)), tag };
  return { reference, version, installer: await readInstallerFor(reference, { context, config }) };
}
