import { mkdir, open, readdir, rename, rm, stat, statfs, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { AppError, diskError } from "../../../errors.ts";
import type { Descriptor } from "../../../oci/descriptor.ts";
import { type Digest, encodedOf, openHash } from "../../../oci/digest.ts";

/** Ends the name of a file that is not whole yet, or was not when the gateway was killed. */
const PARTIAL = ".partial";
const NAME = /^(?:[a-f0-9]{64}|[a-f0-9]{128})$/;

/** The folder of kept files, each under the digits of its digest. Others that lie there are left alone. */
export interface KeptFiles {
  /** @throws AppError `bad-data` for a digest that cannot be checked. */
  pathOf(content: Pick<Descriptor, "digest">): string;
  /** Makes the folder. @returns what an earlier run has left, the oldest first; its half files are taken away. */
  sweep(): Promise<readonly FoundFile[]>;
  /** Makes a file for content to arrive in. @throws AppError, or what the disk says. */
  create(content: Descriptor): Promise<CreatedFile>;
  /** Does not fail: what cannot be removed is found again by the next run. */
  remove(path: string): Promise<void>;
}

export interface FoundFile {
  readonly digest: Digest;
  readonly size: number;
}

export interface CreatedFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Gives it the name of what it holds. @returns its path from then on. */
  keep(): Promise<string>;
}

export function openKeptFiles(directory: string): KeptFiles {
  let created = 0;

  function pathOf({ digest }: Pick<Descriptor, "digest">): string {
    // Only what can be checked becomes a path.
    openHash(digest);
    return join(directory, encodedOf(digest));
  }

  async function makeFolder(): Promise<void> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw diskError(error, directory);
    }
  }

  const remove = async (path: string): Promise<void> => await rm(path, { force: true }).catch(() => undefined);

  return {
    pathOf,
    remove,

    async sweep() {
      const found: (FoundFile & { readonly age: number })[] = [];
      await makeFolder();
      for (const name of await readdir(directory)) {
        const path = join(directory, name);
        if (name.endsWith(PARTIAL)) await remove(path);
        if (!NAME.test(name)) continue;
        const file = await stat(path).catch(() => undefined);
        const digest: Digest = `${name.length === 64 ? "sha256" : "sha512"}:${name}`;
        if (file?.isFile() === true) found.push({ digest, size: file.size, age: file.mtimeMs });
      }
      return found.sort((a, b) => a.age - b.age);
    },

    async create(content) {
      created += 1;
      const whole = pathOf(content);
      // A number of its own: one that was given up may still be on its way out.
      const path = `${whole}.${created}${PARTIAL}`;
      await makeFolder();
      try {
        await assertRoom(directory, content.size);
        const handle = await open(path, "wx", 0o600);
        const keep = async (): Promise<string> => {
          await rename(path, whole);
          return whole;
        };
        return { path, handle, keep };
      } catch (error) {
        throw diskError(error, path);
      }
    },
  };
}

/** A disk that will not take all of it is not filled in order to find out. */
async function assertRoom(directory: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= size) return;
  throw new AppError("io", `the disk is full: ${directory} has no room for ${size} bytes`, {
    hint: "Free some space, or keep less.",
  });
}
