import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { type Log, openLog, readLog } from "../../../src/store/log.ts";
import { keepSecret } from "../../../src/redact.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { openStore } from "./sample.ts";

const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);

function open(paths: StorePaths): Log {
  return openLog(paths, { now, enabled: true });
}

function lines(path: string): unknown[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

describe("the log", () => {
  test("has one line of JSON for each decision", async () => {
    await using store = await openStore();
    const log = open(store.paths);
    log.append("candidates", { newest: ["1.1.0"], tags: 3 });
    log.append("update-failed", { error: new Error("no\nluck") });
    expect(lines(store.paths.log)).toEqual([
      { time: "2026-01-02T03:04:05.000Z", event: "candidates", newest: ["1.1.0"], tags: 3 },
      { time: "2026-01-02T03:04:05.000Z", event: "update-failed", error: "no\nluck" },
    ]);
  });

  test("begins anew at 1 MiB and keeps one file of before", async () => {
    await using store = await openStore();
    const before = store.paths.log.replace(/\.jsonl$/, ".1.jsonl");
    mkdirSync(dirname(store.paths.log), { recursive: true });
    writeFileSync(before, "oldest");
    writeFileSync(store.paths.log, "x".repeat(1024 * 1024 - 1));
    const log = open(store.paths);
    log.append("first", {});
    expect(readFileSync(before, "utf8")).toBe("oldest");
    log.append("second", {});
    expect(statSync(before).size).toBeGreaterThan(1024 * 1024);
    expect(lines(store.paths.log)).toMatchObject([{ event: "second" }]);
  });

  test("goes to the person's own file as well, however long that is", async () => {
    await using store = await openStore();
    mkdirSync(store.paths.root, { recursive: true });
    const alsoTo = `${store.paths.root}/mine.jsonl`;
    writeFileSync(alsoTo, `"${"x".repeat(1024 * 1024)}"\n`);
    openLog(store.paths, { now, enabled: true, alsoTo }).append("event", {});
    expect(lines(alsoTo)).toHaveLength(2);
    expect(lines(store.paths.log)).toMatchObject([{ event: "event" }]);
  });

  test("that is off writes nothing", async () => {
    await using store = await openStore();
    openLog(store.paths, { now, enabled: false }).append("event", {});
    expect(existsSync(store.paths.root)).toBe(false);
  });

  test("that cannot be written stops nothing", async () => {
    await using store = await openStore();
    mkdirSync(store.paths.root, { recursive: true });
    writeFileSync(dirname(store.paths.log), "a file in the way");
    expect(() => open(store.paths).append("event", {})).not.toThrow();
  });

  test("takes what is not JSON for what it is", async () => {
    await using store = await openStore();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    open(store.paths).append("event", { cycle, size: 5n });
    openLog(store.paths, { now: () => Number.NaN, enabled: true }).append("timeless", {});
    expect(lines(store.paths.log)).toMatchObject([{ event: "event" }, { event: "timeless" }]);
  });
});

describe("secrets are taken out", () => {
  const secret = "hunter2-hunter2";
  test.each(["token", "access_token", "identityToken", "password", "client_secret", "Authorization", "Set-Cookie"])(
    "from the field %s, whatever it holds",
    async (key) => {
      await using store = await openStore();
      open(store.paths).append("event", {
        [key]: `a"${secret}`,
        headers: { [key]: [secret], other: { [key]: secret } },
      });
      expect(readFileSync(store.paths.log, "utf8")).not.toContain(secret);
      expect(lines(store.paths.log)).toMatchObject([{ event: "event", headers: { [key]: "***" } }]);
    },
  );

  test("from any text that is logged", async () => {
    await using store = await openStore();
    open(store.paths).append("event", {
      urls: [`https://me:${secret}@registry.example/v2/`],
      error: new Error(`https://s3.example/blob?X-Amz-Signature=${secret}`),
    });
    expect(readFileSync(store.paths.log, "utf8")).not.toContain(secret);
  });
});

test("a secret that is in use is taken out wherever it stands, and the log is its owner's alone", async () => {
  await using store = await openStore();
  keepSecret("kept only for the log's sake");
  open(store.paths).append("event", { story: ["it said: kept only for the log's sake!"] });
  expect(lines(store.paths.log)).toMatchObject([{ story: ["it said: ***!"] }]);
  expect(statSync(store.paths.log).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(store.paths.log)).mode & 0o777).toBe(0o700);
});

test("what was written down is read again, the older file first, without lines that were cut short", async () => {
  await using store = await openStore();
  const { log: path } = store.paths;
  const log = open(store.paths);
  log.append("first", { n: 1 });
  writeFileSync(path.replace(/\.jsonl$/, ".1.jsonl"), '{"time":"2025","event":"older"}\n{"event":\n"text"\nnull\n');
  log.append("second", {});
  const time = "2026-01-02T03:04:05.000Z";
  expect(readLog(store.paths)).toEqual([
    { time: "2025", event: "older", fields: {} },
    { time, event: "first", fields: { n: 1 } },
    { time, event: "second", fields: {} },
  ]);
});
