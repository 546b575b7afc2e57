import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { writeBeside } from "../../archive/writeBeside.ts";
import { decompress } from "../../decompress.ts";
import { diskError, systemCodeOf } from "../../errors.ts";
import { algorithmOf, openHash } from "../../oci/digest.ts";
import { type Bytes, verifyBytes } from "../../oci/storage.ts";
import type { Download } from "../../release/download.ts";
import type { Shelf } from "../../server/gateway/shelf.ts";

export interface StoreOptions {
  readonly download: Download;
  readonly shelf: Shelf;
  readonly signal: AbortSignal;
  /** Told when the file is not there yet. */
  readonly onFetch?: () => void;
}

/**
 * Writes a file as a visitor is to get it, verified before it has its name. One that is there with the right content
 * stays, and nothing is fetched. @returns whether it was written.
 *
 * @throws AppError `bad-data` for wrong content; what the shelf and the disk throw.
 */
export async function storeDownload(
  path: string,
  { download, shelf, signal, onFetch }: StoreOptions,
): Promise<boolean> {
  if (await holds(path, download)) return false;
  onFetch?.();
  await writeBeside(path, openDownload(download, shelf.fetch(download.stored.blob, signal)));
  return true;
}

function openDownload({ stored, size, digest }: Download, blob: Bytes): Bytes {
  const plain = stored.compression === "none" ? blob : decompress(blob, stored.compression);
  return verifyBytes(plain, { mediaType: "application/octet-stream", size, digest });
}

async function holds(path: string, { size, digest }: Download): Promise<boolean> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size !== size) return false;
    const hash = openHash(digest);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return `${algorithmOf(digest)}:${hash.digest("hex")}` === digest;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw diskError(error, path);
  }
}
