import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { type Bytes } from "../../../src/oci/storage.ts";
import { CODINGS, codingOf, packCoding } from "../../../src/release/coding.ts";
import type { Coding } from "../../../src/release/download.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const DECODE = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync };

async function collect(bytes: Bytes): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function pack(coding: Coding, content: Uint8Array) {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "app.exe");
  await writeFile(path, content);
  const { descriptor, content: open } = await packCoding(path, {
    coding,
    size: content.byteLength,
    workDirectory: directory.path,
  });
  return { descriptor, bytes: await collect(open(0)) };
}

/** Text that compresses, longer than any window would need. */
const CONTENT = Buffer.from(Array.from({ length: 40_000 }, (_, line) => `line ${line * 7919}\n`).join(""));

describe("codings", () => {
  test.each(CODINGS)("%s gives the file again, and says so", async (coding) => {
    const { descriptor, bytes } = await pack(coding, CONTENT);
    expect(DECODE[coding](bytes).equals(CONTENT)).toBe(true);
    expect(descriptor).toEqual({
      mediaType: `application/vnd.slipway.coded.v1+${coding}`,
      digest: digestOf(bytes),
      size: bytes.byteLength,
      annotations: {
        "vnd.slipway.coding": coding,
        [UNCOMPRESSED_DIGEST]: digestOf(CONTENT),
        [UNCOMPRESSED_SIZE]: String(CONTENT.byteLength),
      },
    });
    expect(codingOf(descriptor)).toBe(coding);
  });

  test("the same file gives the same bytes", async () => {
    for (const coding of CODINGS)
      expect((await pack(coding, CONTENT)).descriptor).toEqual((await pack(coding, CONTENT)).descriptor);
  });

  test("zstd wants no larger window than browsers have to have room for (RFC 9659)", async () => {
    // RFC 8878 section 3.1.1.1: a frame of more bytes than its window says how large that is.
    const { bytes } = await pack("zstd", Buffer.alloc(20 * 1024 * 1024, "0123456789abcdef\n"));
    const [descriptor = 0, window = 0] = [bytes[4], bytes[5]];
    expect(descriptor & 0x20).toBe(0);
    const base = 2 ** (10 + (window >> 3));
    expect(base + (base / 8) * (window & 7)).toBeLessThanOrEqual(8 * 1024 * 1024);
  });

  test("any other layer is in no coding", () => {
    const layer = { mediaType: "application/octet-stream", digest: digestOf(CONTENT), size: 1 };
    expect(codingOf(layer)).toBeUndefined();
    expect(codingOf({ ...layer, annotations: { "vnd.slipway.coding": "constructor" } })).toBeUndefined();
  });
});
