import { expect, test } from "vitest";
import { parseRange } from "../../../../../src/server/gateway/delivery/range.ts";

const WHOLE = { kind: "whole" };
const UNSATISFIABLE = { kind: "unsatisfiable" };
const part = (start: number, end: number): object => ({ kind: "part", start, end });

test.each([
  ["bytes=0-0", part(0, 1)],
  ["bytes=0-99", part(0, 100)],
  ["bytes=10-19", part(10, 20)],
  ["bytes=99-", part(99, 100)],
  ["bytes=0-", part(0, 100)],
  ["bytes=90-500", part(90, 100)],
  ["bytes=-1", part(99, 100)],
  ["bytes=-100", part(0, 100)],
  ["bytes=-500", part(0, 100)],
  ["BYTES=5-5", part(5, 6)],
  ["bytes= 5-5 ", part(5, 6)],
  ["bytes=100-", UNSATISFIABLE],
  ["bytes=100-200", UNSATISFIABLE],
  ["bytes=-0", UNSATISFIABLE],
  [`bytes=${"9".repeat(500)}-`, UNSATISFIABLE],
  [`bytes=9007199254740993-`, UNSATISFIABLE],
  [`bytes=50-${"9".repeat(500)}`, part(50, 100)],
  [`bytes=-${"9".repeat(500)}`, part(0, 100)],
  ["bytes=20-10", WHOLE],
  ["bytes=0-1,5-6", WHOLE],
  [`bytes=${"0-1,".repeat(5000)}0-1`, WHOLE],
  ["bytes=0-1,", WHOLE],
  ["bytes=", WHOLE],
  ["bytes=-", WHOLE],
  ["bytes=a-b", WHOLE],
  ["bytes=1.5-3", WHOLE],
  ["bytes=+1-3", WHOLE],
  ["bytes=--1", WHOLE],
  ["bytes=0x1-3", WHOLE],
  ["items=0-1", WHOLE],
  ["0-1", WHOLE],
  ["", WHOLE],
  [undefined, WHOLE],
])("%s of 100 bytes", (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});

test.each([
  ["bytes=0-", UNSATISFIABLE],
  ["bytes=-5", WHOLE],
])("%s of nothing", (header, expected) => {
  expect(parseRange(header, 0)).toEqual(expected);
});
