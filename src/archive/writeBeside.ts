import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskError } from "../errors.ts";
import type { Bytes } from "../oci/storage.ts";

const TEMPORARY = ".tmp-";
// Tells what this process is writing now from what a killed one left.
const OURS = `${TEMPORARY}${randomUUID()}-`;

/** Writes beside, syncs, renames: a kill at any moment, or content that throws, leaves the old file or the new. */
export async function writeBeside(path: string, content: Bytes): Promise<void> {
  const beside = join(dirname(path), `${OURS}${randomUUID()}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(beside, "wx");
    try {
      for await (const chunk of content) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Whether it is a file that a writer before us did not finish. */
export function isLeftover(name: string): boolean {
  return name.startsWith(TEMPORARY) && !name.startsWith(OURS);
}
