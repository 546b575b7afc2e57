import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Coding, Download } from "../../../../../src/release/download.ts";
import { blobOf, noise } from "../../../../support/bytes.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";
import { type Front, openFront } from "../front.ts";
import { openTestContents, type TestContents } from "../scriptedShelf.ts";
import type { DeliverOptions } from "../../../../../src/server/gateway/delivery/deliver.ts";

// Text that becomes shorter when it is compressed, of several blocks.
export const bytes = Buffer.from(noise(300_000).toString("hex"));
export const SIZE = bytes.byteLength;
export const blob = blobOf(bytes);
export const ETAG = `"${blob.digest}"`;
export const PACKED: Readonly<Record<Coding, Buffer>> = {
  gzip: gzipSync(bytes),
  br: brotliCompressSync(bytes),
  zstd: zstdCompressSync(bytes),
};
export const download: Download = {
  platform: { os: "linux", architecture: "amd64" },
  tag: "1.0.0",
  kind: "launcher",
  fileName: "Example App.exe",
  size: SIZE,
  digest: blob.digest,
  stored: { blob, compression: "none" },
  codings: (["gzip", "br", "zstd"] as const).map((coding) => ({ coding, blob: blobOf(PACKED[coding]) })),
  codeSigned: false,
};

export interface Stage extends AsyncDisposable, TestContents {
  readonly front: Front;
  readonly directory: string;
}

export async function openStage(
  options: Partial<DeliverOptions & { download: Download; limit: number }> = {},
): Promise<Stage> {
  const directory = await temporaryDirectory();
  const test = await openTestContents(join(directory.path, "kept"), options.limit);
  const front = await openFront(test.contents, options.download ?? download, options);
  return {
    ...test,
    front,
    directory: directory.path,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

export function offerAll({ shelf }: Stage): void {
  for (const content of [bytes, ...Object.values(PACKED)]) shelf.offer(content);
}

/** As it came: fetch would undo the coding. */
export async function ask({ front }: Stage, head: string): Promise<{ head: string; body: Buffer }> {
  const socket = await front.ask(`${head}\r\nConnection: close`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  const end = all.indexOf("\r\n\r\n");
  return { head: all.subarray(0, end).toString("latin1"), body: all.subarray(end + 4) };
}

export const GET = "GET / HTTP/1.1";
export const HEAD = "HEAD / HTTP/1.1";

/** Most of it, and then a byte that is another one. */
export async function sendWrong({ shelf, front }: Stage): Promise<void> {
  const fetch = await shelf.begun(0);
  await fetch.send(bytes.subarray(0, SIZE - 1));
  // Before that there would be an answer that says so.
  while (front.responses[0]?.headersSent !== true) await new Promise(setImmediate);
  void fetch.send(Buffer.of(bytes[SIZE - 1]! ^ 1));
  fetch.end();
}

export function undated(head: string): string {
  return head.replace(/\r\nDate: [^\r]*/, "");
}
