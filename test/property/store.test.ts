import { hostname } from "node:os";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Activation, planActivation, planConfirmation, planRollBack } from "../../src/store/activation.ts";
import { type Change, perform } from "../unit/store/changes.ts";
import { watchDisk } from "../unit/store/disk.ts";
import { checkStore } from "../unit/store/invariants.ts";
import { openStore, versionOf } from "../unit/store/sample.ts";

const version = fc.constantFrom("1.0.0", "1.1.0", "1.2.0", "2.0.0");
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("update" as const), version, keep: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "roll-back" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "confirm" as const }) },
);

/** A crash leaves the step undone or half done, and no later one is done. */
interface Crash {
  readonly step: number;
  readonly halfway: boolean;
}
const crash = fc.option(fc.record({ step: fc.nat(60), halfway: fc.boolean() }), { nil: undefined });

// An owner that no system has, so that whatever it leaves locked is a dead process' lock.
const owner = { pid: 2 ** 30, host: hostname() };

async function performAndCrash(paths: Parameters<typeof perform>[0], change: Change, crash: Crash | undefined) {
  let steps = 0;
  let crashed = false;
  using _disk = await watchDisk(async (step) => {
    if (crash === undefined || steps++ < crash.step) return;
    if (crash.halfway && !crashed) await step.tear();
    crashed = true;
    throw new Error("crashed");
  });
  await perform(paths, change, owner).catch((error: unknown) => {
    if (!crashed) throw error;
  });
  return crashed;
}

const at = "2026-05-06T07:08:09.000Z";

function planned(before: Activation | undefined, change: Change): Activation | undefined {
  switch (change.kind) {
    case "update":
      return planActivation(before, { version: versionOf(change.version), request: "latest", at });
    case "roll-back":
      return before === undefined ? undefined : (planRollBack(before, at) ?? before);
    case "confirm":
      return before === undefined ? undefined : planConfirmation(before);
  }
}

test("any changes with crashes between any two steps leave the old activation or the new, and whole versions", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(change, crash), { minLength: 1, maxLength: 6 }), async (changes) => {
      await using store = await openStore();
      let before: Activation | undefined;
      for (const [change, crash] of changes) {
        const crashed = await performAndCrash(store.paths, change, crash);
        const after = checkStore(store.paths);
        const wanted = planned(before, change);
        expect(crashed ? [before, wanted] : [wanted]).toContainEqual(after);
        before = after;
      }
    }),
    { numRuns: 60 },
  );
});

test("the version that ran last stays current or previous until another one has run", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      let activation: Activation | undefined;
      let ran: string | undefined;
      for (const change of changes) {
        activation = planned(activation, change);
        if (activation?.confirmed === true) ran = activation.current.digest;
        if (ran === undefined) continue;
        expect([activation?.current.digest, activation?.previous?.digest]).toContain(ran);
        expect(activation?.previous?.digest).not.toBe(activation?.current.digest);
      }
    }),
  );
});
