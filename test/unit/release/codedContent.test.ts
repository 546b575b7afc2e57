import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { type Bytes } from "../../../src/oci/storage.ts";
import { checkCoded } from "../../../src/release/codedContent.ts";
import type { Coding } from "../../../src/release/download.ts";
import { noise } from "../../support/bytes.ts";

const ENCODE: Readonly<Record<Coding, (bytes: Uint8Array) => Buffer>> = {
  zstd: zstdCompressSync,
  br: brotliCompressSync,
  gzip: gzipSync,
};
const FILE = noise(300_000, "file");

function blobOf(coding: string, bytes: Uint8Array, promised = { digest: digestOf(FILE), size: FILE.byteLength }) {
  return {
    mediaType: `application/vnd.slipway.coded.v1+${coding}`,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    annotations: { [UNCOMPRESSED_DIGEST]: promised.digest, [UNCOMPRESSED_SIZE]: String(promised.size) },
  };
}

async function* inChunks(bytes: Uint8Array, size = 10_000): Bytes {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** What was passed on, and how it ended. */
async function pass(bytes: Bytes): Promise<{ passed: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of bytes) chunks.push(chunk);
  } catch (error) {
    return { passed: Buffer.concat(chunks), error };
  }
  return { passed: Buffer.concat(chunks), error: undefined };
}

describe.each(Object.keys(ENCODE) as Coding[])("what is decoded from %s", (coding) => {
  const coded = ENCODE[coding](FILE);

  test("is the file, and every byte is passed on as it came", async () => {
    const { passed, error } = await pass(checkCoded(blobOf(coding, coded), inChunks(coded)));
    expect(error).toBeUndefined();
    expect(passed.equals(coded)).toBe(true);
  });

  test("is another file: nobody gets the whole of it", async () => {
    const other = ENCODE[coding](noise(300_000, "other"));
    const { passed, error } = await pass(checkCoded(blobOf(coding, other), inChunks(other)));
    expect(error).toMatchObject({ code: "bad-data" });
    expect(passed.byteLength).toBeLessThan(other.byteLength);
  });

  test("is longer than promised: it is not decoded to its end", async () => {
    const bomb = ENCODE[coding](Buffer.alloc(50_000_000));
    const { error } = await pass(checkCoded(blobOf(coding, bomb), inChunks(bomb, 1000)));
    expect(error).toMatchObject({ code: "bad-data", message: expect.stringContaining("wrong size") });
  });

  test("is nothing: what is no such data is refused, and so is half of it", async () => {
    for (const wrong of [noise(5000, "wrong"), coded.subarray(0, coded.byteLength - 5000)]) {
      const { passed, error } = await pass(checkCoded(blobOf(coding, wrong), inChunks(wrong)));
      expect(error).toMatchObject({ code: "bad-data" });
      expect(passed.byteLength).toBeLessThan(wrong.byteLength);
    }
  });

  test("an error of the source is its reader's", async () => {
    const broken = async function* (): Bytes {
      yield coded.subarray(0, 1000);
      throw new Error("gone");
    };
    expect((await pass(checkCoded(blobOf(coding, coded), broken()))).error).toMatchObject({ message: "gone" });
  });
});

test("what is in no coding, or says nothing of what comes out, is passed on as it is", async () => {
  const plain = { mediaType: "application/octet-stream", digest: digestOf(FILE), size: FILE.byteLength };
  for (const blob of [plain, { ...plain, mediaType: "application/vnd.slipway.coded.v1+zstd" }])
    expect((await pass(checkCoded(blob, inChunks(FILE)))).passed.equals(FILE)).toBe(true);
});
