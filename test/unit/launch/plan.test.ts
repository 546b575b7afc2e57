import { describe, expect, test } from "vitest";
import type { Settings } from "../../../src/config/settings.ts";
import { type AtOnceFacts, decideCheck, mayRunAtOnce, planLaunch } from "../../../src/launch/plan.ts";
import type { Activation, ActivationRead } from "../../../src/store/activation.ts";
import { SETTINGS } from "../../support/sampleSettings.ts";

const digest = `sha256:${"a".repeat(64)}` as const;
const settings = SETTINGS;
const activation: Activation = {
  schema: 1,
  current: { version: "1.0.0", digest, directory: "d", executable: "e" },
  confirmed: true,
  request: "latest",
  activatedAt: "",
};
const NOW = 1_000_000;

describe("a check", () => {
  test.each([
    ["is due at every start", {}, {}, undefined, "due"],
    ["is not due before its time", { checkEvery: 1000 }, {}, NOW - 999, undefined],
    ["is due at its time", { checkEvery: 1000 }, {}, NOW - 1000, "due"],
    ["is due when there was none", { checkEvery: 1000 }, {}, undefined, "due"],
    ["is due when the last one was made under a clock that was ahead", { checkEvery: 1000 }, {}, NOW + 1, "due"],
    ["is not made by itself with manual", { updateWhen: "manual" as const }, {}, undefined, undefined],
    ["is not made at all with off", { updateWhen: "off" as const }, {}, undefined, undefined],
    [
      "is needless for the exact version that is there",
      { version: "1.0.0" },
      { request: "1.0.0" },
      undefined,
      undefined,
    ],
    ["is needless for that version written otherwise", { version: "v1.0.0" }, {}, undefined, undefined],
    ["is needless for the digest that is there", { version: digest }, {}, undefined, undefined],
    [
      "is needless for the digest of an index that was chosen before",
      { version: "sha256:b" },
      { request: "sha256:b" },
      undefined,
      undefined,
    ],
    [
      "is due for another version, although it is manual",
      { version: "2.0.0", updateWhen: "manual" as const },
      {},
      undefined,
      "request-changed",
    ],
    ["is due for another range", { version: "^2", checkEvery: 1000 }, { request: "^1" }, NOW, "request-changed"],
    ["is due when nobody knows what was asked for", { checkEvery: 1000 }, { request: "" }, NOW, "damaged"],
    ["is due within the same range", { version: "^1" }, { request: "^1" }, undefined, "due"],
  ])("%s", (_, changed, activated, lastCheck, expected) => {
    const at = lastCheck === undefined ? undefined : { at: lastCheck, jitter: 0 };
    const facts = { settings: { ...settings, ...changed }, now: NOW, lastCheck: () => at };
    expect(decideCheck(facts, { ...activation, ...activated })).toBe(expected);
  });

  test.each([
    [0, 1000],
    [0.5, 950],
    [0.999, 901],
  ])("is due up to a tenth earlier, as chance has it: with %d after %i ms of 1000", (jitter, due) => {
    const dueAfter = (ms: number) =>
      decideCheck(
        { settings: { ...settings, checkEvery: 1000 }, now: NOW, lastCheck: () => ({ at: NOW - ms, jitter }) },
        activation,
      );
    expect([dueAfter(due - 1), dueAfter(due)]).toEqual([undefined, "due"]);
  });
});

describe("a launch", () => {
  const plan = (
    read: ActivationRead,
    more: { argv?: readonly string[]; settings?: Partial<Settings>; arrange?: boolean; withdrawn?: string } = {},
  ) =>
    planLaunch({
      argv: more.argv ?? [],
      activation: read,
      settings: { ...settings, updateWhen: "manual", ...more.settings },
      now: NOW,
      lastCheck: () => undefined,
      isWithdrawn: (version) => version === more.withdrawn,
      arrange: more.arrange ?? false,
    });

  test.each([
    ["runs what is confirmed", { kind: "found", activation }, {}, "run", undefined],
    [
      "watches a first run",
      { kind: "found", activation: { ...activation, confirmed: false } },
      {},
      "prepare",
      undefined,
    ],
    [
      "arranges what the person needs first, although nothing is due",
      { kind: "found", activation },
      { arrange: true },
      "prepare",
      undefined,
    ],
    [
      "arranges it while it checks behind",
      { kind: "found", activation },
      { arrange: true, settings: { updateWhen: "background" } },
      "prepare",
      undefined,
      true,
    ],
    ["installs when there is nothing", { kind: "none" }, {}, "prepare", "nothing-installed"],
    ["installs again what is damaged", { kind: "damaged", problem: "" }, {}, "prepare", "damaged"],
    [
      "runs what a newer launcher activated",
      { kind: "newer", schema: 2, activation },
      { settings: { updateWhen: "launch" } },
      "run",
      undefined,
    ],
    ["checks first", { kind: "found", activation }, { settings: { updateWhen: "launch" } }, "prepare", "due"],
    [
      "starts at once and checks behind",
      { kind: "found", activation },
      { settings: { updateWhen: "background" } },
      "run",
      undefined,
      true,
    ],
    [
      "looks first for what comes in the place of a version that was taken back",
      { kind: "found", activation },
      { settings: { updateWhen: "background" }, withdrawn: "1.0.0" },
      "prepare",
      "due",
    ],
    [
      "looks for nothing unasked, whatever was taken back",
      { kind: "found", activation },
      { withdrawn: "1.0.0" },
      "run",
      undefined,
    ],
    [
      "watches a first run while it checks behind",
      { kind: "found", activation: { ...activation, confirmed: false } },
      { settings: { updateWhen: "background" } },
      "prepare",
      undefined,
      true,
    ],
    [
      "does not put a version off that the person asks for",
      { kind: "found", activation },
      { settings: { updateWhen: "background", version: "2.0.0" } },
      "prepare",
      "request-changed",
    ],
    ["takes a first argument that is ours", { kind: "none" }, { argv: ["--launcher", "status"] }, "command", undefined],
    [
      "leaves a later argument of that name alone",
      { kind: "found", activation },
      { argv: ["x", "--launcher"] },
      "run",
      undefined,
    ],
  ] as const)("%s", (_, read, more, kind, check, ...[behind]) => {
    const planned = plan(read, more);
    expect("behind" in planned && planned.behind).toBe(behind ?? false);
    expect(planned.kind).toBe(kind);
    expect(planned.kind === "prepare" ? planned.check : undefined).toBe(check);
    expect(planned.kind === "command" ? planned.argv : []).toEqual(kind === "command" ? ["status"] : []);
  });
});

describe("a version with nothing to look up first", () => {
  const facts: AtOnceFacts = {
    platform: "win32",
    activation,
    arrange: false,
    hasLeftovers: () => false,
    isStartable: () => true,
  };

  test("runs as a child at once where that is as much as the system can do", () => {
    expect(mayRunAtOnce(facts)).toBe(true);
  });

  test.each<[string, Partial<AtOnceFacts>]>([
    ["on systems that replace a process, where it is a script, or damaged", { platform: "linux" }],
    ["on a Mac", { platform: "darwin" }],
    [
      "when it has not shown that it runs, as a newer launcher's may not",
      { activation: { ...activation, confirmed: false } },
    ],
    ["when the person needs more", { arrange: true }],
    ["when the launcher's own update left something", { hasLeftovers: () => true }],
    ["when it is not as it was installed", { isStartable: () => false }],
  ])("takes the other half of the launcher %s", (_, more) => {
    expect(mayRunAtOnce({ ...facts, ...more })).toBe(false);
  });
});
