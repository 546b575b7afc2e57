import fc from "fast-check";
import { expect, test } from "vitest";
import { applyDelta } from "../../src/delta/applyDelta.ts";
import { makeDelta } from "../../src/delta/make/makeDelta.ts";
import { collect } from "../support/bytes.ts";
import { linkedProgram } from "../support/linkedProgram.ts";

const program = linkedProgram();
const bytes = fc.uint8Array({ maxLength: 400 });
// Pieces of the old content in any order, with new bytes between them, and some that are not quite the same.
const piece = fc.oneof(
  bytes.map((added) => ({ added })),
  fc.record({ start: fc.nat(1), length: fc.nat(1), flip: fc.nat(255) }),
  fc.record({ start: fc.nat(program.length), length: fc.nat(5000), flip: fc.nat(255) }),
);

test("whatever is put together from the old content is made from it again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(bytes, fc.constant(program)),
      fc.array(piece, { maxLength: 6 }),
      async (before, pieces) => {
        const after = Buffer.concat(
          pieces.map((part) => {
            if ("added" in part) return part.added;
            const copied = Buffer.from(before.subarray(part.start, part.start + part.length));
            if (copied.length > 0) copied[part.flip % copied.length] = part.flip;
            return copied;
          }),
        );
        const made = await collect(applyDelta(before, makeDelta(before, after), { size: after.length }));
        expect(made.equals(after)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});
