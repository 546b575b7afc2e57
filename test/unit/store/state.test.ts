import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { StorePaths } from "../../../src/store/paths.ts";
import { keepInstallId, readState, updateState } from "../../../src/store/state.ts";
import { openStore } from "./sample.ts";

const bad = { digest: "sha256:abc", version: "1.1.0", reason: "it crashed", since: "2026-01-02T03:04:05Z" };

function write(paths: StorePaths, content: string): void {
  mkdirSync(paths.root, { recursive: true });
  writeFileSync(paths.state, content);
}

test("a store without state has the defaults, and its id once something is written", async () => {
  await using store = await openStore();
  expect(readState(store.paths)).toEqual({
    schema: 1,
    quarantine: [],
    installId: expect.stringMatching(/^[\w-]{36}$/),
  });
  await updateState(store.paths, (state) => ({ ...state, lastCheck: "2026-01-02T03:04:05Z" }));
  const first = readState(store.paths);
  await updateState(store.paths, (state) => ({ ...state, quarantine: [...state.quarantine, bad] }));
  expect(readState(store.paths)).toEqual({ ...first, quarantine: [bad] });
  expect(readdirSync(store.paths.root)).toEqual(["state.json"]);
});

const DEEP = `{"installId":"id","newer":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;

test.each(["", "{", "[]", "null", '"text"', DEEP].map((content) => [content.slice(0, 20), content]))(
  "damaged state (%j) is as good as none, and is moved aside",
  async (_, content) => {
    await using store = await openStore();
    write(store.paths, content);
    expect(readState(store.paths)).toMatchObject({ schema: 1, quarantine: [] });
    await updateState(store.paths, (state) => ({ ...state, quarantine: [bad] }));
    expect(readState(store.paths).quarantine).toEqual([bad]);
    expect(readFileSync(`${store.paths.state}.damaged`, "utf8")).toBe(content);
  },
);

test("fields of a wrong type are dropped one by one", async () => {
  await using store = await openStore();
  write(
    store.paths,
    JSON.stringify({ schema: 1, lastCheck: 5, jitter: -1, quarantine: [bad, null, { digest: 1 }], installId: "id" }),
  );
  expect(readState(store.paths)).toMatchObject({ quarantine: [bad], installId: "id" });
  expect(typeof readState(store.paths).lastCheck).not.toBe("string");
  expect(readState(store.paths).jitter).toBeUndefined();
});

test("keys that it does not know are kept", async () => {
  await using store = await openStore();
  write(
    store.paths,
    JSON.stringify({ schema: 1, installId: "id", etags: { a: "b" }, quarantine: [{ ...bad, more: 1 }] }),
  );
  await updateState(store.paths, (state) => ({ ...state, lastCheck: "2026-01-02T03:04:05Z" }));
  expect(JSON.parse(readFileSync(store.paths.state, "utf8"))).toMatchObject({
    etags: { a: "b" },
    quarantine: [{ ...bad, more: 1 }],
  });
});

test("a newer launcher's state is read as far as it goes, and not written over", async () => {
  await using store = await openStore();
  const newer = JSON.stringify({ schema: 2, installId: "id", quarantine: [bad] });
  write(store.paths, newer);
  expect(readState(store.paths)).toMatchObject({ installId: "id", quarantine: [bad] });
  await expect(updateState(store.paths, (state) => state)).rejects.toMatchObject({ code: "config" });
  expect(readFileSync(store.paths.state, "utf8")).toBe(newer);
});

test("the id is kept once it is needed, and stays the same", async () => {
  await using store = await openStore();
  await keepInstallId(store.paths);
  const { installId } = readState(store.paths);
  await keepInstallId(store.paths);
  await updateState(store.paths, (state) => ({ ...state, jitter: 0.5 }));
  expect(readState(store.paths)).toMatchObject({ installId, jitter: 0.5 });
  write(store.paths, JSON.stringify({ schema: 1, installId: 7, jitter: 0.5 }));
  await keepInstallId(store.paths);
  expect(readState(store.paths)).toMatchObject({ installId: readState(store.paths).installId, jitter: 0.5 });
});
