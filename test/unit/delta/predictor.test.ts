import { expect, test } from "vitest";
import { RangeEncoder } from "../../../src/delta/make/rangeEncoder.ts";
import { BYTES, Predictor } from "../../../src/delta/predictor.ts";
import { RangeDecoder } from "../../../src/delta/rangeDecoder.ts";
import { noise } from "../../support/bytes.ts";

/** A predictor, and the last chance that it came to. */
function openPredictor(): { predictor: Predictor; chanceOf: (contexts: readonly [number, number, number]) => number } {
  let last = 0;
  const predictor = new Predictor({
    code(bit, chance) {
      last = chance;
      return bit;
    },
  });
  return {
    predictor,
    chanceOf([first, second, third]) {
      predictor.code(0, BYTES, first, second, third);
      return last;
    },
  };
}

function learn(predictor: Predictor, times: number, bit: number): void {
  for (let time = 0; time < times; time += 1) predictor.code(bit, BYTES, 1, 2, 3);
}

test("believes three contexts together as long as the first is not sure", () => {
  const [known, unknown] = [openPredictor(), openPredictor()];
  for (const { predictor } of [known, unknown]) learn(predictor, 10, 1);
  expect(known.chanceOf([1, 2, 3])).not.toBe(unknown.chanceOf([1, 20, 30]));
});

test("believes the first alone where it is sure", () => {
  const [known, unknown] = [openPredictor(), openPredictor()];
  for (const { predictor } of [known, unknown]) learn(predictor, 300, 1);
  const chance = known.chanceOf([1, 2, 3]);
  expect(chance).toBe(unknown.chanceOf([1, 20, 30]));
  expect(chance).toBeGreaterThan(64_500);
});

test.each([0, 1])("never takes anything for impossible, however often it heard %s", (bit) => {
  const { predictor, chanceOf } = openPredictor();
  learn(predictor, 100_000, bit);
  const chance = chanceOf([1, 2, 3]);
  expect(chance).toBeGreaterThan(0);
  expect(chance).toBeLessThan(65_536);
});

test("bits come back, likely or not", () => {
  const bytes = noise(30_000);
  const bitOf = (byte: number, index: number): number => (index % 3 === 0 ? byte & 1 : byte > 250 ? 1 : 0);
  const encoder = new RangeEncoder();
  const saying = new Predictor(encoder);
  for (const [index, byte] of bytes.entries()) saying.code(bitOf(byte, index), BYTES, index % 3, index % 7, 9);
  const coded = encoder.finish();
  const hearing = new Predictor(new RangeDecoder(coded, 0));
  const heard = [...bytes].map((_, index) => hearing.code(0, BYTES, index % 3, index % 7, 9));
  expect(heard).toEqual([...bytes].map(bitOf));
  expect(coded.length).toBeLessThan(1900);
});
