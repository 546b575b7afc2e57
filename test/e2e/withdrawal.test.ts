import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { type Attacked, openAttacked } from "../support/attacker.ts";

const CLOCK = join(dirname(dirname(fileURLToPath(import.meta.url))), "support", "shiftedClock.cjs");
const IN_60_DAYS = {
  env: { SLIPWAY_NODE: `--require=${CLOCK}`, SHIFT_CLOCK_MS: String(60 * 24 * 60 * 60 * 1000) },
};

/** Version 1.1.0 runs, and 1.0.0 is offered besides. */
async function openWithTwo(settings: Readonly<Record<string, unknown>> = {}): Promise<Attacked> {
  const publisher = await openAttacked({ settings });
  await publisher.publish("1.0.0", "one");
  await publisher.publish("1.1.0", "two");
  await publisher.signed(["promote", "1.0.0", "--expires", "30d"]);
  await publisher.signed(["promote", "1.1.0", "--expires", "30d"]);
  await publisher.startSaying("two");
  return publisher;
}

async function yank(publisher: Attacked): Promise<void> {
  await publisher.signed(["yank", "1.1.0", "--reason", "it loses work"]);
}

/** Requests for what is unpacked: documents are small enough to be read from their manifests. */
const CONTENT = /^GET .*blobs/;
const SENTENCE = "app 1.1.0 was withdrawn by its publisher, so 1.0.0 is used. (it loses work";

describe("a start with a version that was taken back", () => {
  test("waits for another one longer than for others", async () => {
    await using publisher = await openWithTwo({ update: { timeout: "3s", criticalTimeout: "60s" } });
    await yank(publisher);
    publisher.sandbox.setFaults(faultOn(CONTENT, { kind: "latency", ms: 3500 }));
    const start = await publisher.start();
    expect(start.said).toBe("one");
    expect(start.told).toContain(SENTENCE);
  });

  test("waits no longer than for a critical one, and says so", async () => {
    await using publisher = await openWithTwo({ update: { timeout: "1m", criticalTimeout: "1s" } });
    await yank(publisher);
    publisher.sandbox.setFaults(faultOn(CONTENT, { kind: "hang" }));
    const start = await publisher.start();
    expect(start.said).toBe("two");
    expect(start.told).toContain(
      "app 1.1.0 was withdrawn by its publisher, but 1.0.0 is not here yet, so 1.1.0 is started. (it loses work",
    );
  });

  test("waits also where updates come in the background, once it is known", async () => {
    await using publisher = await openWithTwo({ update: { when: "background", timeout: "1m" } });
    await yank(publisher);
    publisher.sandbox.setFaults(faultOn(CONTENT, { kind: "status", status: 404 }));
    expect(await publisher.start()).toMatchObject({ said: "two", told: "" });
    await expect.poll(() => publisher.logged("update-failed").length, { timeout: 60_000 }).toBe(1);
    publisher.sandbox.setFaults(undefined);
    const next = await publisher.start();
    expect(next.said).toBe("one");
    expect(next.told).toContain(SENTENCE);
  });
});

describe("an update that nobody saw", () => {
  test("leaves the sentence about a version that was taken back to the next start", async () => {
    await using publisher = await openWithTwo({ update: { when: "background" } });
    await yank(publisher);
    expect(await publisher.start()).toMatchObject({ said: "two", told: "" });
    await expect.poll(() => publisher.logged("activated").length, { timeout: 30_000 }).toBe(2);
    // It is written down after it is activated.
    await expect.poll(() => existsSync(join(publisher.sandbox.data, "news.json")), { timeout: 30_000 }).toBe(true);
    const next = await publisher.start();
    expect(next.said).toBe("one");
    expect(next.told).toContain(SENTENCE);
    expect(await publisher.start()).toMatchObject({ said: "one", told: "" });
  });

  test("leaves the sentence about a list that has expired to the next start", async () => {
    await using publisher = await openWithTwo({ update: { when: "background" } });
    const { sandbox } = publisher;
    expect(await sandbox.launch([], IN_60_DAYS)).toMatchObject({ stdout: "two\n", stderr: "" });
    await expect.poll(() => existsSync(join(sandbox.data, "news.json")), { timeout: 30_000 }).toBe(true);
    expect(await sandbox.launch([], IN_60_DAYS)).toMatchObject({
      stdout: "two\n",
      stderr: expect.stringContaining("app gets no updates for now: its publisher's list of versions expired on"),
    });
    expect(await sandbox.launch([], IN_60_DAYS)).toMatchObject({ stdout: "two\n", stderr: "" });
  });
});

test("--launcher update says that a version was taken back, and no start says it again", async () => {
  await using publisher = await openWithTwo();
  await yank(publisher);
  const { stdout } = await publisher.sandbox.launch(["--launcher", "update"]);
  expect(stdout).toContain(SENTENCE);
  expect(stdout).not.toContain("Updated");
  expect(await publisher.start()).toMatchObject({ said: "one", told: "" });
});
