import { planActivation, planConfirmation, planRollBack, readActivation } from "../../../src/store/activation.ts";
import { writeActivation } from "../../../src/store/activate.ts";
import { collectVersions } from "../../../src/store/collection.ts";
import { acquireLock, type LockOptions } from "../../../src/store/lock.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { updateState } from "../../../src/store/state.ts";
import { readInstalled } from "../../../src/store/versions.ts";
import { install, versionOf } from "./sample.ts";

// No `using` here: a killed child runs this file as it is.

export type Change =
  | { readonly kind: "update"; readonly version: string; readonly keep: number }
  | { readonly kind: "roll-back" }
  | { readonly kind: "confirm" };

const at = "2026-05-06T07:08:09.000Z";

/** What launches do to a store, in the order in which they do it. */
export async function perform(paths: StorePaths, change: Change, owner?: LockOptions["owner"]): Promise<void> {
  const lock = await acquireLock(paths, { timeout: 0, ...(owner === undefined ? {} : { owner }) });
  if (lock === undefined) throw new Error("the lock is held");
  try {
    await performLocked(paths, change);
  } finally {
    await lock[Symbol.asyncDispose]();
  }
}

async function performLocked(paths: StorePaths, change: Change): Promise<void> {
  const read = readActivation(paths);
  const before = read.kind === "found" ? read.activation : undefined;
  switch (change.kind) {
    case "update": {
      const version = versionOf(change.version);
      if (!readInstalled(paths).some(({ digest }) => digest === version.digest)) await install(paths, version);
      await updateState(paths, (state) => ({ ...state, lastCheck: at }));
      const next = planActivation(before, { version, request: "latest", at });
      await writeActivation(paths, next);
      await collectVersions(paths, { activation: next, keep: change.keep, platform: process.platform });
      return;
    }
    case "roll-back": {
      const back = before === undefined ? undefined : planRollBack(before, at);
      if (back !== undefined) await writeActivation(paths, back);
      return;
    }
    case "confirm":
      if (before !== undefined) await writeActivation(paths, planConfirmation(before));
  }
}
