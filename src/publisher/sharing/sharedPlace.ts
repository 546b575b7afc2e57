import type { Installer } from "../../config/installer.ts";
import type { CommandContext } from "../command.ts";
import { readInstaller, readInstallerFor } from "../installerFile.ts";
import { parsePlace, type Place } from "../place.ts";

/** What is shown to visitors, and what its publisher says of it. */
export interface SharedPlace {
  readonly place: Place;
  readonly installer: Installer | undefined;
}

/** The place that was named, or the repository of installer.json. @throws AppError `usage`, `not-found`, `config`. */
export async function readSharedPlace(
  text: string | undefined,
  { context, config }: { readonly context: CommandContext; readonly config: string | undefined },
): Promise<SharedPlace> {
  if (text === undefined) {
    const installer = await readInstaller(context.cwd, config);
    return { place: parsePlace(installer.repository), installer };
  }
  const place = parsePlace(text);
  if (place.kind === "registry")
    return { place, installer: await readInstallerFor(place.reference, { context, config }) };
  // A copy on a disk says of no repository that it is one.
  return { place, installer: config === undefined ? undefined : await readInstaller(context.cwd, config) };
}
