import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Header, pack } from "tar-stream";
import type { Bytes } from "../../../src/oci/storage.ts";
import { collect } from "../../support/bytes.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

export interface Entry extends Pick<Header, "name"> {
  readonly type?: Header["type"];
  readonly linkname?: string;
  readonly content?: string | Uint8Array;
}

/** A tar as others write it. */
export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = "", type = "file", ...header } of entries)
    archive.entry({ ...header, type, mtime: new Date(0) }, type === "file" ? Buffer.from(content) : "");
  archive.finalize();
  return await collect(archive as AsyncIterable<unknown> as Bytes);
}

export interface RawEntry {
  readonly name?: string;
  readonly type?: string;
  readonly content?: string;
  /** The size field as it stands in the header, unless it is the content's. */
  readonly size?: Buffer;
}

/** One entry byte by byte, as no library would write it. */
export function rawEntry({ name = "", type = "0", content = "", size }: RawEntry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  (size ?? Buffer.from(`${Buffer.byteLength(content).toString(8).padStart(11, "0")}\0`)).copy(header, 124);
  header.write(type, 156);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([withChecksum(header), body]);
}

/** The header with the right sum over what is in it now. */
export function withChecksum(header: Buffer): Buffer {
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** The bytes as a file that is gone with the test. */
export async function fileOf(
  bytes: Uint8Array,
  name = "some.tar",
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const path = join(directory.path, name);
  await writeFile(path, bytes);
  return { ...directory, path };
}
