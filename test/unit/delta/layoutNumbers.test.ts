import { expect, test } from "vitest";
import { ByteStream } from "../../../src/delta/byteStream.ts";
import { type Layout, PLAIN, X64 } from "../../../src/delta/layout.ts";
import { hearLayout, sayLayout } from "../../../src/delta/layoutNumbers.ts";

function tell(layout: Layout): Layout {
  const stream = new ByteStream();
  sayLayout(stream, layout);
  return hearLayout(new ByteStream(stream.bytes));
}

test("a layout is told and heard", () => {
  const layout: Layout = {
    before: [
      { offset: 64, size: 1000, address: 4096 },
      { offset: 2000, size: 100, address: 1024 },
    ],
    after: [{ offset: 2 ** 31 - 9, size: 9, address: 0 }],
    code: [{ start: 64, end: 1064, kind: X64 }],
    top: 2 ** 31 - 1,
    // A library for Windows lies at 0x1_8000_0000.
    bases: [
      { before: -(2 ** 31), after: -(2 ** 31) },
      { before: 5000, after: -7000 },
    ],
  };
  expect(tell(layout)).toEqual(layout);
});

test("bases count modulo 2^32", () => {
  expect(tell({ ...PLAIN, bases: [{ before: 2 ** 31, after: 2 ** 31 + 16 }] }).bases).toEqual([
    { before: -(2 ** 31), after: -(2 ** 31) + 16 },
  ]);
});

test.each([
  ["behind all addresses", { offset: 0, size: 2, address: 2 ** 31 - 1 }],
  ["before all addresses", { offset: 0, size: 2, address: -1 }],
  ["too far back in the file", { offset: 2 ** 31 - 1, size: 2, address: 0 }],
  ["too large", { offset: 0, size: 2 ** 31, address: 0 }],
])("refuses a segment %s", (_name, segment) => {
  expect(() => tell({ ...PLAIN, before: [segment] })).toThrow("no program that there could be");
});
