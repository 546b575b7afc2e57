import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ownNodeOptions } from "../../../src/packaging/ownOptions.ts";

const SNAPSHOT = Buffer.from("\x0c\0\0\0NODE_OPTIONS\0", "latin1");
const constant = Buffer.from("the config file\0NODE_OPTIONS\0more", "latin1");

test("the one constant that Node reads its options by gets another name, and nothing else changes", () => {
  const text = Buffer.from("x is not allowed in NODE_OPTIONS\0", "latin1");
  const binary = Buffer.concat([SNAPSHOT, text, constant, SNAPSHOT]);
  ownNodeOptions(binary);
  const renamed = Buffer.from(constant.toString("latin1").replace("NODE_OPTIONS", "SLIPWAY_NODE"), "latin1");
  expect(binary).toEqual(Buffer.concat([SNAPSHOT, text, renamed, SNAPSHOT]));
});

test("the Node that runs this has it once", () => {
  const binary = readFileSync(process.execPath);
  ownNodeOptions(binary);
  expect(() => ownNodeOptions(binary)).toThrow("0 times");
});

test.each([
  ["none", Buffer.concat([SNAPSHOT])],
  ["two", Buffer.concat([constant, constant])],
])("a Node that has %s is refused", (_, binary) => {
  expect(() => ownNodeOptions(binary)).toThrow("not once");
});
