import { open, type FileHandle } from "node:fs/promises";
import { AppError, systemCodeOf } from "../../../errors.ts";
import type { Descriptor } from "../../../oci/descriptor.ts";
import type { CheckedFile } from "./checkedFile.ts";
import { type Growth, openGrowth } from "./growth.ts";

/** A file that is kept, or arrives. */
export interface Entry {
  readonly content: Descriptor;
  readonly file: CheckedFile;
  readonly growth: Growth;
  /** Aborts when nobody is there any more for whom it arrives. */
  readonly abandoned: AbortController;
  path: string;
  readers: number;
  /** Whether it has its name, and nobody writes it. */
  settled: boolean;
  /** Whether nobody needs it just now. */
  readonly idle: boolean;
  /** Begins once, with the first visitor of this run. */
  start: Promise<Start> | undefined;
  /** Until it has its name, or none. */
  arrival: Promise<void>;
}

/** `lost`: what was there is not what it should be. `refused`: the disk does not take it. */
export type Start = "there" | "lost" | "refused";

export function makeEntry({
  content,
  file,
  path,
  settled,
}: Pick<Entry, "content" | "file" | "path" | "settled">): Entry {
  return {
    content,
    file,
    path,
    settled,
    growth: openGrowth(),
    abandoned: new AbortController(),
    readers: 0,
    get idle() {
      return this.settled && this.readers === 0;
    },
    start: undefined,
    arrival: Promise.resolve(),
  };
}

/** Whether it goes on to arrive without a reader: who comes back is not to begin at zero with a registry that is slow. */
export function goesOn({ settled, growth, content }: Entry): boolean {
  return settled || growth.whole || growth.reached > content.size / 2;
}

/** @returns undefined where somebody has taken it away. @throws what its arrival failed with; what the disk says. */
export async function openToRead(entry: Entry): Promise<FileHandle | undefined> {
  const handle = await openPath(entry.path);
  if (handle !== undefined) return handle;
  entry.growth.check();
  if (!entry.growth.whole) return undefined;
  // It was about to get its name.
  await entry.arrival;
  return await openPath(entry.path);
}

async function openPath(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** What was kept is not what it was. The registry may still have it. */
export class DamagedCopy extends AppError {}

export function damagedCopy({ digest }: Descriptor, cause: unknown): DamagedCopy {
  return new DamagedCopy("bad-data", `the kept copy of ${digest} is damaged`, {
    hint: "It is fetched anew with the next visitor. If it happens again, check the disk.",
    cause,
  });
}
