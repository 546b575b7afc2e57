import { describe, expect, test } from "vitest";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { type Bytes, contentOf, fetchBytes, verifyBytes, verifyWhole } from "../../../src/oci/storage.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { blobOf, chunked, noise } from "../../support/bytes.ts";

const bytes = noise(1000);
const expected = blobOf(bytes);

/** What somebody downstream has when it ends, and how it ends. */
async function pass(content: Bytes, descriptor: Descriptor): Promise<{ had: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of verifyBytes(content, descriptor)) chunks.push(chunk);
    return { had: Buffer.concat(chunks), error: undefined };
  } catch (error) {
    return { had: Buffer.concat(chunks), error };
  }
}

describe("verification", () => {
  test.each([1, 7, 999, 1000, 5000])("passes right content on, in chunks of %i", async (length) => {
    const { had, error } = await pass(chunked(bytes, length)(0), expected);
    expect([had.equals(bytes), error]).toEqual([true, undefined]);
  });

  test("passes on what is empty", async () => {
    const empty = Buffer.alloc(0);
    expect(await pass(contentOf(empty)(0), blobOf(empty))).toEqual({ had: empty, error: undefined });
  });

  test.each([
    ["too few bytes", bytes.subarray(0, 999), "expected 1000 bytes of sha256:", "got 999"],
    ["too many bytes", Buffer.concat([bytes, noise(1)]), "expected 1000 bytes of sha256:", "got at least 1001"],
    ["other bytes", noise(1000, "other"), `expected ${expected.digest}`, "got sha256:"],
  ])("never gives the whole of %s to anybody", async (_, wrong, ...messages) => {
    const { had, error } = await pass(chunked(wrong, 1)(0), expected);
    expect(had.byteLength).toBeLessThan(1000);
    for (const message of messages)
      expect(error).toMatchObject({ code: "bad-data", message: expect.stringContaining(message) });
  });

  test("stops reading as soon as there is too much: nobody makes us read without end", async () => {
    let given = 0;
    async function* endless(): Bytes {
      for (;;) {
        given += 100;
        yield noise(100);
      }
    }
    expect((await pass(endless(), expected)).error).toMatchObject({ code: "bad-data" });
    expect(given).toBe(1100);
  });

  test("of what is in memory says the same", () => {
    expect(() => verifyWhole(bytes, expected)).not.toThrow();
    expect(() => verifyWhole(bytes.subarray(1), expected)).toThrow("got 999");
    expect(() => verifyWhole(noise(1000, "other"), expected)).toThrow("wrong digest");
    expect(() => verifyWhole(bytes, { ...expected, digest: "blake3:abc" })).toThrow("is not an algorithm");
  });

  test("does not begin with what is larger than it may be", async () => {
    await expect(fetchBytes(openMemory(), expected, { limit: 999 })).rejects.toMatchObject({
      code: "bad-data",
      message: `${expected.digest}: 1000 bytes is more than the 999 allowed here`,
    });
  });
});
