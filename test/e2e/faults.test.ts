import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, type ExpectStatic, test } from "vitest";
import { anyFault, faultOn } from "../../src/server/registry/faults.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { BLOB, closeWorlds, fault, programThatSays, registry, type World } from "../support/world.ts";
import { ANSWERS } from "./faults/answers.ts";
import type { FaultCase, Refusal } from "./faults/faultCase.ts";
import { LINES } from "./faults/lines.ts";
import { REFUSALS } from "./faults/refusals.ts";
import { WAYS } from "./faults/ways.ts";

afterAll(closeWorlds);

describe.concurrent("a start, and an update, with", () => {
  test.for<FaultCase>([...LINES, ...ANSWERS, ...REFUSALS, ...WAYS])(
    "$name",
    async ({ open, first, later }, { expect }) => {
      await using world = await open();
      if (first === "runs") expect(await world.start("in trouble")).toEqual(saying("one"));
      else await expectRefusal(expect, world, first);
      expect(await world.start("in peace")).toEqual(saying("one"));
      expect(await stateOf(world.sandbox)).toEqual({ current: "1.0.0", versions: ["1.0.0"], blobs: [], others: [] });

      await world.sandbox.publish("1.1.0", programThatSays("two"));
      await expectLaterStart(expect, world, { first, later });
      if (later === "goes on behind") {
        // It may still be at it, and then a start does not wait; and it has something to do after it.
        await expect.poll(async () => await world.start("in peace"), POLL).toEqual(saying("two"));
        await expect.poll(async () => await stateOf(world.sandbox), POLL).toEqual(UPDATED);
        return;
      }
      expect(await world.start("in peace")).toEqual(saying("two"));
      expect(await stateOf(world.sandbox)).toEqual(UPDATED);
    },
  );
});

describe("what has arrived of a program", () => {
  test("is kept for the next start, which asks for the rest alone", async () => {
    const breaking = registry(() => anyFault(faultOn(BLOB, { kind: "truncate", after: 400 }, 1), faultOn(BLOB, DROP)));
    await using world = await breaking();
    expect(await world.start("in trouble")).toMatchObject({ exitCode: 69 });
    const { requests } = world.sandbox;
    requests.length = 0;
    expect(await world.start("in peace")).toEqual(saying("one"));
    expect(requests.filter(({ path }) => path.includes("/blobs/"))).toMatchObject([{ status: 206 }]);
  });

  test("is not fetched again behind a program whose start could not wait for all of it", async () => {
    await using world = await fault(BLOB, { kind: "trickle", ms: 20, bytes: 1000 }, { timeout: "20s" })();
    const { requests } = world.sandbox;
    expect(await world.start("in peace")).toEqual(saying("one"));
    await world.sandbox.publish("1.1.0", programThatSays("two", 100_000));
    requests.length = 0;
    expect(await world.start("in trouble")).toEqual(saying("one"));
    await expect.poll(async () => await world.start("in peace"), POLL).toEqual(saying("two"));
    const answers = requests.filter(({ path }) => path.includes("/blobs/")).map(({ status }) => status);
    expect(answers).toContain(206);
  });
});

test("a check that was made in the future is no reason not to check", async () => {
  await using sandbox = await openSandbox();
  await sandbox.publish("1.0.0", "echo one");
  await sandbox.build({ update: { checkEvery: "24h" } });
  expect(await sandbox.launch()).toEqual(saying("one"));
  await sandbox.publish("1.1.0", "echo two");
  expect(await sandbox.launch()).toEqual(saying("one"));
  const path = join(sandbox.data, "state.json");
  const state = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...state, lastCheck: "2199-01-01T00:00:00.000Z" }));
  expect(await sandbox.launch()).toEqual(saying("two"));
});

/** Commands and options that a launcher does not have. */
const OF_THE_PUBLISHER = /slipway [a-z]|--(?!launcher)[a-z]/;
const DROP = { kind: "drop" } as const;
const POLL = { timeout: 30_000 };
const UPDATED = { current: "1.1.0", versions: ["1.0.0", "1.1.0"], blobs: [], others: [] };

function saying(word: string) {
  return { exitCode: 0, signal: null, stdout: `${word}\n`, stderr: "" };
}

async function expectRefusal(
  expect: ExpectStatic,
  world: World,
  { exitCode, cause, advice, kept }: Refusal,
): Promise<void> {
  const { stderr, ...run } = await world.start("in trouble");
  expect(run).toEqual({ exitCode, signal: null, stdout: "" });
  const log = `Log: ${join(world.sandbox.data, "log", "launcher.jsonl")}\n`;
  expect(stderr.split("\n\n")).toEqual([
    "app could not be installed.",
    expect.stringContaining(cause),
    expect.stringContaining(advice),
    log,
  ]);
  expect(stderr).not.toMatch(OF_THE_PUBLISHER);
  expect(await stateOf(world.sandbox)).toEqual({ current: undefined, versions: [], blobs: kept, others: [] });
}

async function expectLaterStart(
  expect: ExpectStatic,
  world: World,
  { first, later }: Pick<FaultCase, "first" | "later">,
): Promise<void> {
  const { stderr, ...run } = await world.start("in trouble");
  expect(run).toEqual({ exitCode: 0, signal: null, stdout: later === "updates" ? "two\n" : "one\n" });
  const state = await stateOf(world.sandbox);
  if (later === "updates") return expect({ stderr, state }).toEqual({ stderr: "", state: UPDATED });
  expect(state).toMatchObject({ current: "1.0.0", versions: ["1.0.0"] });
  if (later === "goes on behind") return expect(stderr).toBe("");

  expect(state).toMatchObject({ blobs: first === "runs" ? [] : first.kept, others: [] });
  if (later === "runs the old") return expect(stderr).toBe("");
  expect(stderr).toMatch(/^The update of app to 1\.1\.0 did not work; 1\.0\.0 is started\. \(.*; log: .*\)\n$/);
  expect(stderr).toContain(first === "runs" ? "" : first.cause);
}

/** What an update leaves on the disk. */
async function stateOf({ data }: Sandbox) {
  const active = await readFile(join(data, "active.json"), "utf8").then(
    (text) => (JSON.parse(text) as { current: { version: string } }).current.version,
    () => undefined,
  );
  const [root, versions, blobs] = await Promise.all(
    [".", "versions", "blobs/sha256"].map(async (folder) => await readdir(join(data, folder)).catch(() => [])),
  );
  return {
    current: active,
    // Each has its directory, a record and a list of files.
    versions: versions!
      .filter((name) => !/\.(json|files)$/.test(name))
      .map((name) => name.split("-")[0])
      .sort(),
    blobs: blobs!.map((name) => (name.endsWith(".partial") ? "partial" : "whole")),
    others: root!.filter((name) => !KNOWN.has(name)),
  };
}

const KNOWN: ReadonlySet<string> = new Set(["active.json", "state.json", "versions", "blobs", "log", "lock"]);
