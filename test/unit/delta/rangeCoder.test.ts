import { expect, test } from "vitest";
import { RangeDecoder } from "../../../src/delta/rangeDecoder.ts";
import { RangeEncoder } from "../../../src/delta/make/rangeEncoder.ts";
import { noise } from "../../support/bytes.ts";

test("bits come back whatever their chances were, and likely ones take next to no room", () => {
  const chances = [1, 100, 32_768, 65_000, 65_535];
  const bytes = noise(20_000);
  const encoder = new RangeEncoder();
  for (const byte of bytes) encoder.code(byte & 1, chances[byte % 5]!);
  for (let count = 0; count < 100_000; count += 1) encoder.code(1, 65_535);
  const coded = encoder.finish();
  const likely = new RangeEncoder();
  for (let count = 0; count < 100_000; count += 1) likely.code(1, 65_535);
  const decoder = new RangeDecoder(coded, 0);
  expect([...bytes].every((byte) => decoder.code(0, chances[byte % 5]!) === (byte & 1))).toBe(true);
  expect(likely.finish().length).toBeLessThan(80);
});

test("a carry goes through any number of full bytes", () => {
  for (let seed = 1; seed < 300; seed += 1) {
    const bits = noise(64, `${seed}`);
    const encoder = new RangeEncoder();
    for (const bit of bits) encoder.code(bit > 2 ? 0 : 1, bit > 127 ? 2 : 65_534);
    const decoder = new RangeDecoder(encoder.finish(), 0);
    expect([...bits].every((bit) => decoder.code(0, bit > 127 ? 2 : 65_534) === (bit > 2 ? 0 : 1))).toBe(true);
  }
});

test("what no encoder says is read as something", () => {
  const decoder = new RangeDecoder(Buffer.alloc(100, 0xff), 0);
  for (let count = 0; count < 500; count += 1) expect(decoder.code(0, 40_000)).toBeOneOf([0, 1]);
});

test("reading far beyond the end is refused", () => {
  const decoder = new RangeDecoder(new Uint8Array(2), 0);
  for (let count = 0; count < 16; count += 1) decoder.code(0, 32_768);
  expect(() => decoder.checkEnd()).not.toThrow();
  for (let count = 0; count < 100; count += 1) decoder.code(0, 32_768);
  expect(() => decoder.checkEnd()).toThrow("the delta ends too early");
});
