import { expect, test } from "vitest";
import { applyDelta } from "../../../src/delta/applyDelta.ts";
import { ByteStream } from "../../../src/delta/byteStream.ts";
import { hashPages, hearTables, sayTables, sizeOfHashes } from "../../../src/delta/pageHashes.ts";
import { findPageHashes } from "../../../src/delta/make/executable/codeDirectory.ts";
import { makeDelta } from "../../../src/delta/make/makeDelta.ts";
import { signAdHoc } from "../../../src/packaging/mac/machoSignature.ts";
import { collect, noise } from "../../support/bytes.ts";
import { sampleMachO } from "../../support/sampleMachO.ts";

const SIZE = 400_000;
const unsigned = sampleMachO({ linkEditSize: SIZE });

/** With a byte of each page another, and so each hash. */
function changed(): Buffer {
  const program = Buffer.from(unsigned);
  for (let at = 5000; at < program.length; at += 4096) program[at] = (program[at] ?? 0) ^ 0xff;
  return program;
}

const before = signAdHoc(unsigned, { identifier: "com.example.app" });
const after = signAdHoc(changed(), { identifier: "com.example.app" });

test("finds the hashes of a Mac program's pages in its signature", () => {
  const [table, ...more] = findPageHashes(after);
  expect(more).toEqual([]);
  expect(table).toMatchObject({ pageBits: 12 });
  expect(sizeOfHashes(table!)).toBeGreaterThan(3000);
  expect(after.subarray(table!.at, table!.at + 32).equals(hashPages(after, table!).subarray(0, 32))).toBe(true);
});

test("takes nothing for a table that is not what would be computed", () => {
  const [table] = findPageHashes(after);
  const damaged = Buffer.from(after);
  damaged[table!.at] = (damaged[table!.at] ?? 0) ^ 1;
  expect(findPageHashes(damaged)).toEqual([]);
});

test.each([
  ["an unsigned program", unsigned],
  ["a program that is cut short", after.subarray(0, 300)],
  ["no program", noise(5000)],
])("finds none in %s", (_name, content) => {
  expect(findPageHashes(content)).toEqual([]);
});

test("what follows from the content does not travel", async () => {
  const delta = makeDelta(before, after);
  const [table] = findPageHashes(after);
  expect(delta.length).toBeLessThan(sizeOfHashes(table!) / 2);
  const made = await collect(applyDelta(before, delta, { size: after.length }));
  expect(made.equals(after)).toBe(true);
});

test("tables are told and heard", () => {
  const stream = new ByteStream();
  sayTables(stream, [{ at: 9000, pageBits: 12, end: 8500 }]);
  expect(hearTables(new ByteStream(stream.bytes), 10_000)).toEqual([{ at: 9000, pageBits: 12, end: 8500 }]);
});

test.each([
  ["of itself", { at: 9000, pageBits: 12, end: 9001 }],
  ["beyond the content", { at: 9990, pageBits: 12, end: 9000 }],
  ["of tiny pages", { at: 9000, pageBits: 3, end: 100 }],
  ["of huge pages", { at: 9000, pageBits: 40, end: 100 }],
])("refuses a table %s", (_name, table) => {
  const stream = new ByteStream();
  sayTables(stream, [table]);
  expect(() => hearTables(new ByteStream(stream.bytes), 10_000)).toThrow("a table that there cannot be");
});

test("refuses too many", () => {
  const stream = new ByteStream();
  sayTables(
    stream,
    Array.from({ length: 5 }, () => ({ at: 9000, pageBits: 12, end: 100 })),
  );
  expect(() => hearTables(new ByteStream(stream.bytes), 10_000)).toThrow("a table that there cannot be");
});
