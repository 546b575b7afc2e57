import { expect, test } from "vitest";
import { AddressMap } from "../../../src/delta/addressMap.ts";

const segment = { offset: 0, size: 10_000, address: 1000 };

function mapOf(copies: readonly (readonly [from: number, to: number, length: number])[], top = 20_000): AddressMap {
  const list = copies.map(([from, to, length]) => ({ from, to, length }));
  return new AddressMap(list, { before: [segment], after: [segment], top });
}

test.each([
  ["in a copy that stayed", 1050, 0],
  ["in one that moved", 1500, 64],
  ["at its first byte", 1100, 64],
  ["between two, as what lies before", 3500, 64],
  ["behind all", 9000, -10],
  ["before all, as the first", 10, 0],
])("says how far an address went: %s", (_name, address, shift) => {
  const map = mapOf([
    [0, 0, 100],
    [100, 164, 2000],
    [4000, 3990, 1000],
  ]);
  expect(map.shift(address)).toBe(shift);
});

test("gives old content that two copies share to the longer one", () => {
  const map = mapOf([
    [0, 0, 300],
    [200, 1200, 1000],
    [250, 5000, 50],
  ]);
  expect([1199, 1200, 1260, 1400].map((address) => map.shift(address))).toEqual([0, 1000, 1000, 1000]);
});

test("looks in the segments where content lay and lies", () => {
  const copies = [{ from: 100, to: 50, length: 100 }];
  const before = [{ offset: 100, size: 50, address: 5000 }];
  const after = [{ offset: 0, size: 500, address: 8000 }];
  expect(new AddressMap(copies, { before, after, top: 9000 }).shift(5010)).toBe(8050 - 5000);
});

test("finds any of many, whatever the highest address is said to be", () => {
  const copies = Array.from({ length: 200 }, (_, index): [number, number, number] => [
    index * 50,
    index * 50 + index,
    50,
  ]);
  for (const top of [20_000, 2 ** 31 - 1]) {
    const map = mapOf(copies, top);
    for (let index = 0; index < 190; index += 7) expect(map.shift(1000 + index * 50 + 20)).toBe(index);
  }
});

test("knows nothing without copies", () => {
  expect(mapOf([]).shift(500)).toBe(0);
});
