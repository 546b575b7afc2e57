import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readTrustRecord, type TrustRecord, updateTrustRecord } from "../../../src/store/trustRecord.ts";
import { openStore } from "./sample.ts";

const channel = {
  keys: ["0123456789ab"],
  sequence: 7,
  digest: "sha256:abc",
  issued: "2026-01-02T03:04:05Z",
  expires: "2026-02-02T03:04:05Z",
  yanked: [{ version: "1.0.0", reason: "it loses work" }],
  told: true,
};
const keys = { sequence: 2, keys: ["pem"], threshold: 1, recovery: [], from: ["built", "seen"] };
const record: TrustRecord = { schema: 1, keys, channels: { "channel-stable": channel } };

function write(paths: StorePaths, content: unknown): void {
  mkdirSync(paths.root, { recursive: true });
  writeFileSync(paths.trust, typeof content === "string" ? content : JSON.stringify(content));
}

test("nothing has been seen where there is no record, and none is made by reading", async () => {
  await using store = await openStore();
  expect(readTrustRecord(store.paths)).toEqual({ schema: 1, channels: {} });
  expect(existsSync(store.paths.root)).toBe(false);
});

test("what was seen is read as it was written, in a file of its own", async () => {
  await using store = await openStore();
  await updateTrustRecord(store.paths, () => record);
  expect(readTrustRecord(store.paths)).toEqual(record);
  expect(readdirSync(store.paths.root)).toEqual(["trust.json"]);
});

test("a change sees what holds, and one that changes nothing writes nothing", async () => {
  await using store = await openStore();
  await updateTrustRecord(store.paths, () => record);
  const { ino } = statSync(store.paths.trust);
  await updateTrustRecord(store.paths, (before) => ({ ...before }));
  expect(statSync(store.paths.trust).ino).toBe(ino);
  await updateTrustRecord(store.paths, ({ channels, ...others }) => ({
    ...others,
    channels: { ...channels, "channel-beta": { ...channel, sequence: 1 } },
  }));
  expect(Object.keys(readTrustRecord(store.paths).channels)).toEqual(["channel-stable", "channel-beta"]);
  expect(readTrustRecord(store.paths).keys).toEqual(keys);
});

test.each(["", "{", "[]", "null", "7", '"text"'])("a damaged record (%j) is as good as none", async (content) => {
  await using store = await openStore();
  write(store.paths, content);
  expect(readTrustRecord(store.paths)).toEqual({ schema: 1, channels: {} });
  await updateTrustRecord(store.paths, () => record);
  expect(readTrustRecord(store.paths)).toEqual(record);
});

test("what is damaged in it takes nothing else along", async () => {
  await using store = await openStore();
  write(store.paths, { ...record, channels: { ...record.channels, "channel-beta": { sequence: "8" }, a: null } });
  expect(readTrustRecord(store.paths)).toEqual(record);
  write(store.paths, { ...record, keys: { ...keys, threshold: "1" } });
  expect(readTrustRecord(store.paths)).toEqual({ schema: 1, channels: record.channels });
  write(store.paths, { ...record, channels: [] });
  expect(readTrustRecord(store.paths)).toEqual({ schema: 1, keys, channels: {} });
});

test("a document without an end has none, and what was written before there was more of it is filled in", async () => {
  await using store = await openStore();
  const { expires: _e, yanked: _y, told: _t, ...old } = channel;
  write(store.paths, { schema: 1, channels: { "channel-stable": old } });
  expect(readTrustRecord(store.paths).channels["channel-stable"]).toEqual({ ...old, yanked: [], told: false });
});

test("what is not known of it is kept", async () => {
  await using store = await openStore();
  write(store.paths, { ...record, later: [1] });
  await updateTrustRecord(store.paths, (before) => ({ ...before, channels: {} }));
  expect(JSON.parse(readFileSync(store.paths.trust, "utf8"))).toEqual({ schema: 1, keys, channels: {}, later: [1] });
});

test("the record of a newer launcher is not written over", async () => {
  await using store = await openStore();
  write(store.paths, { ...record, schema: 2 });
  const before = readFileSync(store.paths.trust, "utf8");
  await expect(updateTrustRecord(store.paths, () => ({ schema: 1, channels: {} }))).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("was written by a newer launcher"),
  });
  expect(readFileSync(store.paths.trust, "utf8")).toBe(before);
});
