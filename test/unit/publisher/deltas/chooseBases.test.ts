import { expect, test } from "vitest";
import { chooseBases } from "../../../../src/publisher/deltas/chooseBases.ts";

const tags = [
  "1.0.0",
  "v1.1.0",
  "1.2.0-rc.1",
  "1.2.0-rc.2",
  "1.2.0",
  "1.10.0",
  "latest",
  "launcher-1.1.0",
  "channel-stable",
];

test.each([
  ["the newest first, stable ones before others", "1.10.0", ["1.2.0", "1.1.0", "1.0.0", "1.2.0-rc.2", "1.2.0-rc.1"]],
  ["only lower ones", "1.1.5", ["1.1.0", "1.0.0"]],
  ["pre-releases too for one of them, by precedence", "1.2.0-rc.3", ["1.2.0-rc.2", "1.2.0-rc.1", "1.1.0", "1.0.0"]],
  ["another build of the same version", "1.2.0+7", ["1.2.0", "1.1.0", "1.0.0", "1.2.0-rc.2", "1.2.0-rc.1"]],
  ["nothing below the first", "0.9.0", []],
])("deltas start from %s", (_, version, expected) => {
  expect(chooseBases(tags, version).map((base) => base.version)).toEqual(expected);
});
