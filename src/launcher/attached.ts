import { closeSync, openSync, readSync } from "node:fs";
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

/** The program's icon as a PNG, where the launcher carries one. */
export function readIcon({ embedded, executable }: LaunchContext): Uint8Array | undefined {
  const { icon } = embedded.attached;
  if (icon === undefined) return undefined;
  const file = openSync(pathOf(icon, executable), "r");
  try {
    const bytes = Buffer.alloc(icon.size);
    return readSync(file, bytes, 0, icon.size, icon.offset) === icon.size ? bytes : undefined;
  } finally {
    closeSync(file);
  }
}

function pathOf({ file }: Attachment, executable: string): string {
  return file === undefined ? executable : join(dirname(executable), file);
}
