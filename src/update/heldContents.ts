import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../oci/digest.ts";
import { type Bytes, notFound, verifyBytes } from "../oci/storage.ts";
import type { Plain } from "../release/delta.ts";
import { tarTree, type TreeEntry } from "../release/tree.ts";
import type { SealedArchive } from "../store/archives.ts";
import type { StorePaths } from "../store/paths.ts";
import { readArchives, readFiles, readInstalled } from "../store/versions.ts";

/** What installed versions hold, by digest, as far as their looks tell: a file of another length is none of it. */
export interface HeldContents {
  /** Bytes; undefined for what is not here. */
  readonly sizeOf: (digest: Digest) => number | undefined;
  /** Verified. @throws AppError `not-found`, `bad-data` for what somebody has changed since. */
  open(plain: Plain): Bytes;
}

interface Held {
  readonly size: number;
  /** Where its files lie, and how long each of them is. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly open: () => Bytes;
}

/** Reads the lists that lie beside the versions; of their files nothing is read until it is wanted. */
export function readHeldContents(paths: StorePaths): HeldContents {
  const contents = new Map<string, Held[]>();
  const add = (digest: string, held: Held): void => {
    const others = contents.get(digest);
    if (others === undefined) contents.set(digest, [held]);
    else others.push(held);
  };
  for (const version of readInstalled(paths)) {
    const directory = join(paths.versions, version.directory);
    for (const { path, size, sha256 } of readFiles(paths, version) ?? [])
      add(`sha256:${sha256}`, openFile(join(directory, path), size));
    for (const archive of readArchives(paths, version)) add(archive.digest, openArchive(directory, archive));
  }
  const find = (digest: Digest): Held | undefined =>
    contents.get(digest)?.find(({ files }) => files.every(({ path, size }) => isFileOf(path, size)));
  return {
    sizeOf: (digest) => find(digest)?.size,
    async *open({ digest, size }) {
      const held = find(digest);
      if (held === undefined) throw notFound(digest);
      yield* verifyBytes(held.open(), { mediaType: "application/octet-stream", digest, size });
    },
  };
}

const CHUNK_BYTES = 1024 * 1024;

function openFile(path: string, size: number): Held {
  return {
    size,
    files: [{ path, size }],
    open: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>,
  };
}

/** Only what was in it counts: a program may have written files of its own beside them. */
function openArchive(directory: string, { size, entries }: SealedArchive): Held {
  const placed = entries.map((entry): TreeEntry =>
    entry.kind === "file" ? { ...entry, path: join(directory, entry.name) } : entry,
  );
  return {
    size,
    files: placed.flatMap((entry) => (entry.kind === "file" ? [entry] : [])),
    open: () => tarTree(placed) as AsyncIterable<Uint8Array>,
  };
}

/** What waits for a writer is a file to nobody, and would be waited for as well. */
function isFileOf(path: string, size: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size === size;
}
