import { join } from "node:path";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { applyEdits, type Edit, EDITS, pick } from "./edits.ts";
import { examine } from "./examine.ts";
import { describeInput } from "./finding.ts";
import { openPulse } from "./pulse.ts";
import { isRefusal, type Target } from "./target.ts";
import { TARGETS } from "./targets.ts";
import { TOKENS } from "./words.ts";
import { clearWorkplace, workplace } from "./workplace.ts";

// Whichever of the two comes first.
const RUNS = 300;
const TIME_MS = 600;
// On a busy machine too nothing takes so long: it is stuck.
const LIMIT_MS = 20_000;
const SELDOM: ReadonlySet<string> = new Set(["long", "nest"]);

const common = EDITS.filter((kind) => !SELDOM.has(kind));
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.oneof(
    { arbitrary: fc.constantFrom(...common), weight: 20 },
    { arbitrary: fc.constantFrom("long" as const, "nest" as const), weight: 1 },
  ),
  at: fc.nat(),
  value: fc.nat(),
});

function inputsOf({ seeds }: Target): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .tuple(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([seed, edits]) => applyEdits(pick(seeds, seed), edits, seeds));
  const words = fc.array(fc.constantFrom(...TOKENS), { maxLength: 20 }).map((tokens) => Buffer.concat(tokens));
  return fc.oneof(
    { arbitrary: changed, weight: 8 },
    { arbitrary: fc.uint8Array({ maxLength: 600 }), weight: 1 },
    { arbitrary: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)), weight: 1 },
    { arbitrary: words, weight: 1 },
  );
}

afterAll(clearWorkplace);

test("each target has a name of its own", () => {
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});

async function isRead(read: () => Promise<void>): Promise<boolean> {
  return await read().then(
    () => true,
    (error: unknown) => {
      if (isRefusal(error)) return false;
      throw error;
    },
  );
}

describe("whatever comes in is read or refused politely, and soon", () => {
  // Other inputs each time: a run that fails tells its input, and fast-check how to come to it again.
  test.each(TARGETS.map((target) => [target.name, target] as const))("%s", async (name, target) => {
    const path = join(workplace(), "pulse");
    using pulse = openPulse(path);
    const watchdog = new Worker(new URL("./watchdog.ts", import.meta.url), {
      workerData: { path, name, limit: LIMIT_MS },
    });
    try {
      await fc.assert(
        fc.asyncProperty(inputsOf(target), async (bytes) => {
          const finding = await examine(target, bytes, pulse);
          if (finding !== undefined)
            throw new Error(`${finding.problem}\n${describeInput(name, bytes)}`, { cause: finding.cause });
        }),
        { numRuns: RUNS, interruptAfterTimeLimit: TIME_MS, markInterruptAsFailure: false },
      );
    } finally {
      await watchdog.terminate();
    }
  });
});

// Behind the others: what they take of memory shows once.
test.each(TARGETS.map((target) => [target.name, target] as const))(
  "%s reads what it is meant to read",
  async (_, { seeds, run }) => {
    const read: boolean[] = [];
    for (const seed of seeds) read.push(await isRead(async () => await run(seed)));
    expect(read).toContain(true);
  },
);
