import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readLastCheck } from "../../../src/launcher/lastCheck.ts";
import { openStore } from "../store/sample.ts";

const at = Date.UTC(2026, 0, 2);

test.each([
  ["0.5", 0.5],
  ["0", 0],
  ["1e999", 0],
  ["-1e308", 0],
  ['"0.5"', 0],
])("a haste of %s in the state counts as %d: no file may put the next check off for ever", async (text, jitter) => {
  await using store = await openStore();
  await mkdir(store.paths.root, { recursive: true });
  await writeFile(store.paths.state, `{"lastCheck":"2026-01-02T00:00:00Z","jitter":${text}}`);
  expect(readLastCheck(store.paths)).toEqual({ at, jitter });
});

test.each(["", "null", "[]", '{"lastCheck":5}', '{"lastCheck":"soon"}'])(
  "a state of %j tells of no check",
  async (text) => {
    await using store = await openStore();
    await mkdir(store.paths.root, { recursive: true });
    await writeFile(store.paths.state, text);
    expect(readLastCheck(store.paths)).toBeUndefined();
  },
);
