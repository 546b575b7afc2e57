import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { applyDelta } from "../../../src/delta/applyDelta.ts";
import { ByteStream } from "../../../src/delta/byteStream.ts";
import { openLiteralPacker, packParts, unpackParts } from "../../../src/delta/container.ts";
import { sayCopies } from "../../../src/delta/copies.ts";
import { DIFFERENCES, encodeHeader, ZSTD } from "../../../src/delta/header.ts";
import { sayLayout } from "../../../src/delta/layoutNumbers.ts";
import { findCopies } from "../../../src/delta/make/findCopies.ts";
import { findLayout } from "../../../src/delta/make/findLayout.ts";
import { RangeEncoder } from "../../../src/delta/make/rangeEncoder.ts";
import { sayTables } from "../../../src/delta/pageHashes.ts";
import { Predictor } from "../../../src/delta/predictor.ts";
import { tellContent } from "../../../src/delta/tellContent.ts";
import { collect, noise } from "../../support/bytes.ts";
import { linkedProgram } from "../../support/linkedProgram.ts";

// Those that makeDelta takes where much has changed.

test.each(["x64", "arm64"] as const)(
  "differences make a program for %s, whose references are foretold",
  async (architecture) => {
    const [before, after] = [linkedProgram({ architecture }), linkedProgram({ architecture, growth: 48 })];
    const copies = findCopies(before, after);
    const layout = findLayout(before, after, copies);
    const encoder = new RangeEncoder();
    const [numbers, literals, values] = [new ByteStream(), new ByteStream(), new ByteStream()];
    sayLayout(numbers, layout);
    sayCopies(numbers, copies);
    sayTables(numbers, []);
    const transcript = { predictor: new Predictor(encoder), before, after, hearing: false, literals, values };
    expect([...tellContent(transcript, { layout, copies, method: DIFFERENCES })].at(-1)).toBe(after.length);
    const parts = { numbers: numbers.bytes, literals: literals.bytes, values: values.bytes, told: encoder.finish() };
    const delta = Buffer.concat([encodeHeader(DIFFERENCES), packParts(parts, openLiteralPacker(before))]);

    const made = await collect(applyDelta(before, delta, { size: after.length }));

    expect(made.equals(after)).toBe(true);
    // 300 functions' addresses of four bytes and eight each are not foretold, and hardly anything else.
    expect(values.bytes.filter((value) => value !== 0).length).toBeLessThan(700);
  },
);

test("a frame of zstd has the old content as its dictionary", async () => {
  const before = noise(100_000);
  const after = Buffer.concat([before.subarray(50_000), before.subarray(0, 50_000)]);
  const delta = Buffer.concat([encodeHeader(ZSTD), zstdCompressSync(after, { dictionary: before })]);
  expect(delta.length).toBeLessThan(1000);
  expect((await collect(applyDelta(before, delta, { size: after.length }))).equals(after)).toBe(true);
  await expect(collect(applyDelta(before, delta, { size: 10 }))).rejects.toThrow("makes more than it should");
});

test("new bytes that the old content has somewhere are compressed by it", () => {
  const before = noise(200_000);
  const literals = before.subarray(10_000, 110_000);
  const parts = { numbers: Buffer.of(1), literals, values: Buffer.of(2, 3), told: Buffer.of(4) };
  const packed = packParts(parts, openLiteralPacker(before));
  expect(packed.length).toBeLessThan(1000);
  const unpacked = unpackParts(packed, { before, size: 100_000 });
  expect(
    Object.entries(unpacked).map(([name, bytes]) => [name, Buffer.from(bytes as Uint8Array).toString("hex")]),
  ).toEqual(Object.entries(parts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]));
});
