import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { applyDelta } from "../../../src/delta/applyDelta.ts";
import { makeDelta } from "../../../src/delta/makeDelta.ts";

test("makes the new content from the old, and travels as less than it", async () => {
  const before = randomBytes(100_000);
  const after = Buffer.concat([before.subarray(0, 40_000), Buffer.from("new"), before.subarray(40_000)]);
  const delta = makeDelta(before, after);
  const made: Uint8Array[] = [];
  for await (const chunk of applyDelta(before, delta, { size: after.byteLength })) made.push(chunk);
  expect(Buffer.concat(made).equals(after)).toBe(true);
  expect(delta.byteLength).toBeLessThan(1000);
});
