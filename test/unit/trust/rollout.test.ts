import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isInRollout } from "../../../src/trust/rollout.ts";

const who = fc.record({ installId: fc.uuid(), id: fc.constant("com.example.app"), version: fc.string() });
const percent = fc.double({ min: 0, max: 100, noNaN: true });
const id = "com.example.app";

/** How many of so many computers are among them. */
function count(computers: number, version: string, share: number): number {
  return Array.from({ length: computers }, (_, number) => `computer-${number}`).filter((installId) =>
    isInRollout({ installId, id, version }, share),
  ).length;
}

test("whoever is among few is among more", () => {
  fc.assert(
    fc.property(who, percent, percent, (computer, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      return !isInRollout(computer, less) || isInRollout(computer, more);
    }),
  );
});

test("everybody is among all, and nobody among none", () => {
  fc.assert(fc.property(who, (computer) => isInRollout(computer, 100) && !isInRollout(computer, 0)));
});

test("a computer decides the same each time", () => {
  fc.assert(
    fc.property(
      who,
      percent,
      (computer, share) => isInRollout(computer, share) === isInRollout({ ...computer }, share),
    ),
  );
});

test.each([0.5, 1, 10, 33, 50, 90])("of 20,000 computers %s percent are about as many", (share) => {
  const honest = 20_000 * (share / 100);
  const deviation = Math.sqrt(honest * (1 - share / 100));
  expect(Math.abs(count(20_000, "1.0.0", share) - honest)).toBeLessThan(5 * deviation);
});

test("another version, and another program, has other first ones", () => {
  const first = (program: string, version: string): Set<number> =>
    new Set(
      Array.from({ length: 2000 }, (_, number) => number).filter((number) =>
        isInRollout({ installId: `computer-${number}`, id: program, version }, 50),
      ),
    );
  const one = first(id, "1.0.0");
  for (const other of [first(id, "1.0.1"), first("com.example.other", "1.0.0")]) {
    const both = [...one].filter((number) => other.has(number)).length;
    // By chance a quarter of all; the same ones would be half.
    expect(both).toBeGreaterThan(400);
    expect(both).toBeLessThan(600);
  }
});

test("where one name ends and the next begins makes a difference", () => {
  const at = (parts: { installId: string; id: string; version: string }): string =>
    Array.from({ length: 100 }, (_, share) => (isInRollout(parts, share) ? "1" : "0")).join("");
  expect(at({ installId: "a", id: "bc", version: "d" })).not.toBe(at({ installId: "ab", id: "c", version: "d" }));
});
