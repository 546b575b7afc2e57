import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { AppError } from "../errors.ts";
import { isExecutable } from "./executable.ts";
import { checkSize, reading } from "./reading.ts";
import { checkLinkTarget, splitSafePath } from "./safePath.ts";

/** One entry of a directory that is being packed. `name` is what the archive calls it, with "/". */
export type TreeEntry =
  | { readonly kind: "directory"; readonly name: string }
  | {
      readonly kind: "file";
      readonly name: string;
      readonly path: string;
      readonly size: number;
      readonly executable: boolean;
    }
  | { readonly kind: "symlink"; readonly name: string; readonly target: string };

/** Everything below the directory, sorted by name so that the order does not depend on the file system. */
export async function listTree(root: string, prefix: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  await walk(root);
  return entries;

  async function walk(directory: string): Promise<void> {
    const names = await readNames(directory);
    for (const name of names) {
      const path = join(directory, name);
      const archived = `${prefix}${relative(root, path).split(sep).join("/")}`;
      splitSafePath(archived, "linux");
      const found = await lstat(path);
      if (found.isDirectory()) {
        entries.push({ kind: "directory", name: archived });
        await walk(path);
      } else if (found.isFile()) {
        entries.push({
          kind: "file",
          name: archived,
          path,
          size: found.size,
          executable: await reading(path, async () => await isExecutable(path, found.mode)),
        });
      } else if (found.isSymbolicLink()) {
        entries.push({ kind: "symlink", name: archived, target: await readInnerLink(root, path, archived) });
      } else {
        throw new AppError("bad-data", `${path} is neither a file, a folder nor a link, and cannot be published`, {
          hint: "Remove it from the folder, then push again.",
        });
      }
    }
  }
}

/** A tar with no times, no owners and only two modes: the same tree gives the same bytes everywhere. */
export function tarTree(entries: readonly TreeEntry[]): Readable {
  const archive = pack();
  void write().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(archive, { objectMode: false });

  async function write(): Promise<void> {
    for (const entry of entries) {
      const common = { name: entry.name, mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };
      switch (entry.kind) {
        case "directory":
          await finished((done) =>
            archive.entry({ ...common, name: `${entry.name}/`, type: "directory", mode: 0o755 }, done),
          );
          break;
        case "symlink":
          await finished((done) =>
            archive.entry({ ...common, type: "symlink", linkname: entry.target, mode: 0o777 }, done),
          );
          break;
        case "file":
          await writeFile(
            archive.entry({ ...common, type: "file", size: entry.size, mode: entry.executable ? 0o755 : 0o644 }),
            entry,
          );
      }
    }
    archive.finalize();
  }
}

async function writeFile(target: NodeJS.WritableStream, { path, size }: TreeEntry & { kind: "file" }): Promise<void> {
  let read = 0;
  await pipeline(
    createReadStream(path),
    // Exactly the bytes that its header announced, or the archive would be broken.
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        read += chunk.byteLength;
        if (read > size) checkSize(path, size, read);
        yield chunk;
      }
      checkSize(path, size, read);
    },
    target,
  );
}

async function finished(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
  await new Promise<void>((settle, fail) => {
    start((error) => (error === undefined || error === null ? settle() : fail(error)));
  });
}

async function readNames(directory: string): Promise<string[]> {
  return (await reading(directory, async () => await readdir(directory))).sort();
}

/** @param name what the archive calls the link, whose folder its target starts from. */
async function readInnerLink(root: string, path: string, name: string): Promise<string> {
  const target = (await readlink(path)).split(sep).join("/");
  const parent = relative(root, dirname(path))
    .split(sep)
    .filter((part) => part !== "");
  try {
    checkLinkTarget(name, target, { parent, platform: "linux" });
  } catch (cause) {
    throw new AppError("bad-data", `${path} is a link to ${target}, which cannot be published`, {
      hint: "A link may lead up and then down to what is in the folder. Put a copy of the file in its place, or remove it.",
      cause,
    });
  }
  return target;
}
