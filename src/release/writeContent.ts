import { createHash } from "node:crypto";
import { closeSync, fstatSync, write, writeSync, writev } from "node:fs";
import { promisify } from "node:util";
import { giveBack } from "../blocks.ts";
import type { Bytes } from "../oci/storage.ts";
import type { FileContent } from "./fileTree.ts";

// More than this goes to another thread, and less is written at once: the handing over takes longer than the writing.
const BATCH_BYTES = 1024 * 1024;
// Reading goes on while the disk is busy, up to this many bytes for each file.
const MAX_WAITING = 2 * 1024 * 1024;

export interface WriteOptions {
  /** Told of bytes before they are written; throws when they are too many. */
  readonly grow: (bytes: number) => void;
  /** The SHA-256 of the content where that is checked elsewhere, 64 hex digits. */
  readonly sha256?: string | undefined;
  /** Whether it is computed where it is not known. */
  readonly hash: boolean;
}

/**
 * Writes content to an open file and closes it. What comes while a write is under way is gathered and written by the
 * next one: small chunks one by one would have the network wait for the disk and the disk for the network. What is
 * written is given back (`blocks.ts`): nobody may look at a chunk once it was handed over.
 * */
export async function writeContent(file: number, content: Bytes, options: WriteOptions): Promise<FileContent> {
  const hash = options.hash && options.sha256 === undefined ? createHash("sha256") : undefined;
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let total = 0;
  let writing: Promise<void> | undefined;
  let failed: { readonly error: unknown } | undefined;

  const start = (): void => {
    const batch = waiting;
    const position = total - bytes;
    waiting = [];
    bytes = 0;
    writing = writeAll(file, batch, position)
      .then(() => batch.forEach(giveBack))
      .catch((error: unknown) => void (failed = { error }))
      .finally(() => (writing = undefined));
  };

  try {
    for await (const chunk of content) {
      options.grow(chunk.byteLength);
      hash?.update(chunk);
      waiting.push(chunk);
      bytes += chunk.byteLength;
      total += chunk.byteLength;
      if (writing !== undefined && bytes >= MAX_WAITING) await writing;
      if (failed !== undefined) throw failed.error;
      if (writing === undefined && bytes > BATCH_BYTES) start();
    }
    await writing;
    if (failed !== undefined) throw failed.error;
    if (bytes > BATCH_BYTES) await writeAll(file, waiting, total - bytes);
    else writeNow(file, waiting, total - bytes);
    waiting.forEach(giveBack);
    return { size: total, modifiedMs: fstatSync(file).mtimeMs, sha256: hash?.digest("hex") ?? options.sha256 };
  } finally {
    await writing;
    closeSync(file);
  }
}

function writeNow(file: number, batch: readonly Uint8Array[], start: number): void {
  let position = start;
  for (const chunk of batch) {
    for (let written = 0; written < chunk.byteLength;) {
      const bytes = writeSync(file, chunk, written, undefined, position);
      written += bytes;
      position += bytes;
    }
  }
}

const writeBatch = promisify(writev);
const writeRest = promisify(write);

async function writeAll(file: number, batch: readonly Uint8Array[], start: number): Promise<void> {
  const { bytesWritten } = await writeBatch(file, batch, start);
  let position = start + bytesWritten;
  let skip = bytesWritten;
  // A disk that is nearly full takes a part.
  for (const chunk of batch) {
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    for (let written = 0; written < rest.byteLength;) {
      const done = await writeRest(file, rest, written, undefined, position);
      written += done.bytesWritten;
      position += done.bytesWritten;
    }
  }
}
