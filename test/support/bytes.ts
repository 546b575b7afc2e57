import { createCipheriv, createHash } from "node:crypto";
import { describe } from "../../src/oci/descriptor.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import type { Bytes, Content } from "../../src/oci/storage.ts";

/** Bytes that look random and are the same in every run. */
export function noise(size: number, seed = "noise"): Buffer {
  const out = Buffer.alloc(size);
  for (let position = 0, block = 0; position < size; position += 32, block += 1) {
    createHash("sha256").update(`${seed}/${block}`).digest().copy(out, position);
  }
  return out;
}

/** The same for many of them. */
export function muchNoise(size: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size));
}

export function blobOf(bytes: Uint8Array): Descriptor {
  return describe("application/octet-stream", bytes);
}

/** Content that comes in chunks of an odd length. */
export function chunked(bytes: Uint8Array, length = 1021): Content {
  return async function* (offset) {
    for (let position = offset; position < bytes.byteLength; position += length)
      yield bytes.subarray(position, position + length);
  };
}

export async function collect(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
