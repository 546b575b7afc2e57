import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "../../archive/layout.ts";
import { diskError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Bytes, verifyBytes } from "../../oci/storage.ts";
import { SpecError } from "./answer.ts";
import type { Upload } from "./storage.ts";

export interface DiskUploadOptions {
  /** The repository's name. */
  readonly name: string;
  /** Where uploads under way lie, on the file system of the repositories. */
  readonly directory: string;
  readonly openLayout: () => Promise<Layout>;
  readonly onEnd: (id: string) => void;
}

/** An upload in a file, which becomes the blob itself once it is verified. */
export async function openDiskUpload({ name, directory, openLayout, onEnd }: DiskUploadOptions): Promise<Upload> {
  const id = randomUUID();
  const path = join(directory, id);
  let size = 0;
  // Who writes now, and its last write. A request whose connection went dead may come alive again when the client
  // has long begun another: it must not write into what the other one wrote, least of all into a finished blob.
  let turn = 0;
  let writing: Promise<void> = Promise.resolve();

  async function takeTurn(): Promise<number> {
    turn += 1;
    const own = turn;
    await writing.catch(() => undefined);
    return own;
  }

  function checkTurn(own: number): void {
    if (own !== turn) throw new SpecError(416, "BLOB_UPLOAD_INVALID", "another request has taken over this upload");
  }

  async function writeFrom(file: FileHandle, bytes: Bytes, own: number): Promise<void> {
    let position = size;
    for await (const chunk of bytes) {
      checkTurn(own);
      writing = writeAt(file, chunk, position);
      await writing;
      position += chunk.byteLength;
    }
    checkTurn(own);
    size = position;
  }

  async function end(): Promise<void> {
    onEnd(id);
    await rm(path, { force: true });
  }

  try {
    await (await open(path, "wx")).close();
  } catch (error) {
    throw diskError(error, path);
  }
  return {
    id,
    name,
    get size() {
      return size;
    },

    async append(bytes: Bytes) {
      const own = await takeTurn();
      try {
        await using file = await openFile(path);
        try {
          await writeFrom(file.handle, bytes, own);
        } catch (error) {
          // What counts for nothing shall not fill the disk until somebody comes back.
          if (own === turn) await file.handle.truncate(size).catch(() => undefined);
          throw error;
        }
      } catch (error) {
        throw diskError(error, path);
      }
    },

    async commit(digest: Digest) {
      const own = await takeTurn();
      try {
        const descriptor = { mediaType: "application/octet-stream", digest, size };
        {
          await using file = await openFile(path);
          // What a request wrote that was overtaken.
          await file.handle.truncate(size);
          for await (const chunk of verifyBytes(createReadStream(path) as Bytes, descriptor)) void chunk;
          await file.handle.sync();
        }
        checkTurn(own);
        await (await openLayout()).adopt(path, digest);
      } catch (error) {
        throw diskError(error, path);
      } finally {
        await end();
      }
    },

    async cancel() {
      await takeTurn();
      await end();
    },
  };
}

async function openFile(path: string): Promise<AsyncDisposable & { readonly handle: FileHandle }> {
  const handle = await open(path, "r+");
  return { handle, [Symbol.asyncDispose]: async () => await handle.close() };
}

/** A nearly full disk takes a part of what it is given, without an error: the next write tells. */
async function writeAt(file: FileHandle, bytes: Uint8Array, start: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, start + done);
    done += bytesWritten;
  }
}
