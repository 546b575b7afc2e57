import { dirname, resolve } from "node:path";
import { INSTALLER_FILE, type Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import { CODINGS } from "../release/coding.ts";
import { findBuilt, readBuilt } from "./builtLaunchers.ts";
import type { CommandContext } from "./command.ts";
import { drawPageIcon, readIconFile } from "./iconFile.ts";
import { readInstaller } from "./installerFile.ts";
import { publishRelease } from "./publishRelease.ts";
import { type PushValues, refuseOptions } from "./pushCommand.ts";
import { parseCodings, parsePlatforms } from "./pushOptions.ts";

/** `slipway push --launcher`: raw files, so that the link to one is a download link. */
export async function runLauncherPush(
  positionals: readonly string[],
  values: PushValues,
  context: CommandContext,
): Promise<void> {
  const others = ["include", "entrypoint", "compression", "artifact-type", "notes", "deltas"] as const;
  refuseOptions(values, others, "is for the program, not for its launchers");
  const installer = await readInstaller(context.cwd, values.config);
  const folder = resolve(context.cwd, values.out ?? "dist");
  const given = parsePlatforms(positionals).map(({ platform, path }) => ({
    platform,
    path: resolve(context.cwd, path),
  }));
  const built = given.length > 0 ? given : findBuilt(installer, folder);
  if (values.force === true) refuseOptions(values, ["if-new"], "replaces nothing, and --force does");
  const release = await readBuilt(installer, built, {
    codings: parseCodings(values.codings ?? CODINGS.join(",")),
    icon: await readPageIcon(installer, context, values.config),
    ifNew: values["if-new"] ?? false,
    onCompress(codings) {
      if (values.json !== true) context.note(`compressing for browsers: ${codings.join(", ")}\n`);
    },
    onKeep(tag) {
      const todo = `raise launcherVersion in ${values.config ?? INSTALLER_FILE} to publish these`;
      context.note(`${tag} is published already, with other files: left as it is; ${todo}\n`);
    },
  });
  await publishRelease(release, { kind: "launcher", installer, values, context, wrong: [] });
}

/** What was built can be published where its picture is not. */
async function readPageIcon(
  installer: Installer,
  context: CommandContext,
  config: string | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const image = await readIconFile(installer, dirname(resolve(context.cwd, config ?? INSTALLER_FILE)));
    return image === undefined ? undefined : await drawPageIcon(image);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.note(`warning: download pages show no icon: ${error.message}\n`);
    return undefined;
  }
}
