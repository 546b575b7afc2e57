import { dirname, join } from "node:path";
import { openArchive } from "../archive/openArchive.ts";
import type { Attachment } from "../config/embedded.ts";
import type { Origin } from "../update/context.ts";
import type { LaunchContext } from "./context.ts";

/** The release that came with the launcher, as a place to install from. */
export function bundledOrigin({ embedded, executable }: LaunchContext): Origin | undefined {
  const { release } = embedded.attached;
  if (release === undefined) return undefined;
  return {
    name: "the launcher itself",
    bundled: true,
    open: async () => await openArchive(pathOf(release, executable), release),
  };
}

/** The file that holds what came along, at its offset. */
export function pathOf({ file }: Attachment, executable: string): string {
  return file === undefined ? executable : join(dirname(executable), file);
}
