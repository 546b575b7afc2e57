import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { Bytes } from "../oci/storage.ts";
import { formatTarHeaders, padding, TAR_END } from "./tarHeader.ts";
import type { TarFile } from "./tarIndex.ts";

export interface TarWriter extends AsyncDisposable {
  /** Where the bytes lie until the archive has its name. */
  readonly path: string;
  /** Adds a file of a size that is known; several may be written side by side, each at its own place. */
  add(name: string, size: number, content: Bytes): Promise<TarFile>;
  /** Adds a file whose size shows when its content ends. Nothing else may be added meanwhile. */
  append(name: string, content: Bytes): Promise<TarFile>;
  /** Ends the tar and gives it its name. */
  finish(): Promise<void>;
}

/**
 * Writes a tar beside its target, which gets its name when all is there and on the disk: a kill at any moment leaves
 * what was there before.
 *
 * @throws AppError `cannot-create` when the target exists and is not to be replaced.
 */
export async function openTarWriter(target: string, { replace }: { readonly replace: boolean }): Promise<TarWriter> {
  await checkTarget(target, replace);
  const path = `${target}.${randomUUID()}.part`;
  const file = await open(path, "wx+").catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT") {
      throw new AppError("cannot-create", `there is no folder ${dirname(target)}`, { hint: "Make it first." });
    }
    throw diskError(error, target);
  });
  let end = 0;
  let closed = false;

  return {
    path,

    async add(name, size, content) {
      const headers = formatTarHeaders(name, size);
      const place = {
        start: end,
        offset: end + headers.length,
        end: end + headers.length + size + padding(size).length,
      };
      end = place.end;
      try {
        await writeAt(file, place.offset, content);
        await file.write(padding(size), 0, undefined, place.offset + size);
        // The name comes last: what is not whole has none.
        await file.write(headers, 0, undefined, place.start);
      } catch (error) {
        if (end === place.end) end = place.start;
        else await file.write(formatTarHeaders(".discarded", place.end - place.start - 512), 0, undefined, place.start);
        throw diskError(error, target);
      }
      return { offset: place.offset, size };
    },

    async append(name, content) {
      const offset = end + formatTarHeaders(name, 0).length;
      try {
        const size = (await writeAt(file, offset, content)) - offset;
        await file.write(padding(size), 0, undefined, offset + size);
        await file.write(formatTarHeaders(name, size), 0, undefined, end);
        end = offset + size + padding(size).length;
        return { offset, size };
      } catch (error) {
        throw diskError(error, target);
      }
    },

    async finish() {
      try {
        await file.truncate(end);
        await file.write(TAR_END, 0, undefined, end);
        await file.sync();
        closed = true;
        await file.close();
        await rename(path, target);
      } catch (error) {
        throw diskError(error, target);
      }
    },

    async [Symbol.asyncDispose]() {
      if (!closed) await file.close();
      await rm(path, { force: true });
    },
  };
}

/** @returns the position after the content. */
async function writeAt(file: FileHandle, offset: number, content: Bytes): Promise<number> {
  let position = offset;
  for await (const chunk of content) {
    for (let written = 0; written < chunk.byteLength;) {
      const { bytesWritten } = await file.write(chunk, written, undefined, position);
      written += bytesWritten;
      position += bytesWritten;
    }
  }
  return position;
}

async function checkTarget(target: string, replace: boolean): Promise<void> {
  const found = await stat(target).catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw diskError(error, target);
  });
  if (found?.isDirectory() === true)
    throw new AppError("cannot-create", `${target} is a folder`, { hint: "Choose another name for the file." });
  if (found !== undefined && !replace) {
    throw new AppError("cannot-create", `${target} is there already`, {
      hint: "Choose another name, or replace it with --force.",
    });
  }
}
