import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { packAll } from "../../../src/publisher/staging.ts";

describe("packAll", () => {
  test("packs no more at once than it is told, and keeps the order", async () => {
    let running = 0;
    let most = 0;
    const inputs = Array.from({ length: 12 }, (_, position) => position);
    const outputs = await packAll(inputs, 4, async (input) => {
      running += 1;
      most = Math.max(most, running);
      // The first are done last.
      for (let turn = input; turn < inputs.length; turn += 1) await setImmediate();
      running -= 1;
      return input * 2;
    });
    expect(outputs).toEqual(inputs.map((input) => input * 2));
    expect(most).toBe(4);
  });

  test("throws what failed, and begins no other", async () => {
    const begun: number[] = [];
    const packing = packAll([1, 2, 3, 4], 2, async (input) => {
      begun.push(input);
      await setImmediate();
      throw new Error(`no ${input}`);
    });
    await expect(packing).rejects.toThrow("no 1");
    expect(begun).toEqual([1, 2]);
  });
});
