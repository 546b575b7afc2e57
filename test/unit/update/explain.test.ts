import { expect, test } from "vitest";
import { explainUpdates, type UpdateFacts } from "../../../src/update/explain.ts";
import { SETTINGS } from "../../support/sampleSettings.ts";

const NOW = Date.UTC(2026, 0, 10);
const digest = `sha256:${"a".repeat(64)}` as const;
const facts: UpdateFacts = {
  app: "App",
  settings: SETTINGS,
  activation: {
    schema: 1,
    current: { version: "1.0.0", digest, directory: "d", executable: "e" },
    confirmed: true,
    request: "latest",
    activatedAt: "2026-01-01T00:00:00Z",
  },
  unreadable: undefined,
  putOff: undefined,
  lastCheck: undefined,
  due: true,
  now: NOW,
  answer: { kind: "answered", repository: "r", versions: 1, omitted: [], next: undefined },
  lastFailure: undefined,
};
const ago = (ms: number): string => new Date(NOW - ms).toISOString();

test.each<[string, Partial<UpdateFacts>, string]>([
  ["nothing is installed", { activation: undefined }, "App is not installed yet."],
  ["nobody has looked", {}, "Nobody has looked yet; every start looks. The next start looks."],
  [
    "a look still holds",
    { lastCheck: ago(3_600_000), due: false, settings: { ...facts.settings, checkEvery: 86_400_000 } },
    "The last look that came to an answer was 60 min ago; a look is good for 24 h. The next start does not look.",
  ],
  ["the clock was wrong", { lastCheck: ago(-1) }, "The last look was in the future, so the clock was wrong"],
  [
    "a delta was enough",
    { fetched: { bytes: 221_668, whole: 3_655_038 } },
    "Of its 3.7 MB, 221.7 kB had to be fetched: the rest was made of what was here.",
  ],
  [
    "a first run is still to come",
    { activation: { ...facts.activation!, confirmed: false } },
    "It has not shown yet that it runs here, so its next run is watched.",
  ],
  [
    "a channel counts",
    { settings: { ...facts.settings, channel: "beta", prereleases: "beta" } },
    "The newest version is wanted, pre-releases of the channel beta included: so says installer.json.",
  ],
  ["updates are off", { settings: { ...facts.settings, updateWhen: "off" } }, "Updates are switched off"],
  [
    "a pin is none",
    { unreadable: '/home/me/installer.json: version: not a version request: "newest"' },
    "What is asked for cannot be understood, and does not count: /home/me/installer.json: version: not a version",
  ],
  [
    "a start did not wait for a version",
    { putOff: { kind: "postponed", time: "not a time", version: "1.2.0" } },
    "At not a time a start could not wait for 1.2.0, and left it to a process behind the program.",
  ],
  [
    "a start did not wait for an answer",
    { putOff: { kind: "postponed", time: "not a time", version: undefined } },
    "a start could not wait for an answer, and left it to",
  ],
  [
    "a person skipped a version",
    { putOff: { kind: "skipped", time: "not a time", version: "1.2.0" } },
    "At not a time somebody did not want to wait for 1.2.0; what has arrived of it is kept.",
  ],
  [
    "something newer waits for a look",
    { due: false, answer: { kind: "answered", repository: "r", versions: 2, omitted: [], next: "1.1.0" } },
    "So 1.1.0 comes when somebody looks: at a later start, or with --launcher update",
  ],
  ["nobody answers", { answer: { kind: "none", reason: "cannot reach r" } }, "Asked right now: cannot reach r"],
  [
    "something failed",
    { lastFailure: { time: "not a time", error: "the disk is full" } },
    "The last update that did not work was at not a time: the disk is full",
  ],
])("when %s it is said", (_, changed, sentence) => {
  expect(explainUpdates({ ...facts, ...changed }).join("\n")).toContain(sentence);
});
