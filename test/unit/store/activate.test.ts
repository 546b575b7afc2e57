import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { readActivation } from "../../../src/store/activation.ts";
import { writeActivation } from "../../../src/store/activate.ts";
import { activationOf, openStore, versionOf } from "./sample.ts";

test("what is written is what is read, and nothing is left beside it", async () => {
  await using store = await openStore();
  const first = activationOf("1.0.0");
  const second = activationOf("1.1.0", { previous: versionOf("1.0.0"), confirmed: false });
  for (const activation of [first, second]) {
    await writeActivation(store.paths, activation);
    expect(readActivation(store.paths)).toEqual({ kind: "found", activation });
  }
  expect(readdirSync(store.paths.root)).toEqual(["active.json"]);
});

test("a damaged activation is replaced", async () => {
  await using store = await openStore();
  mkdirSync(store.paths.root, { recursive: true });
  writeFileSync(store.paths.activation, "{");
  await writeActivation(store.paths, activationOf("1.0.0"));
  expect(readActivation(store.paths).kind).toBe("found");
});

test("a newer launcher's activation is not written over", async () => {
  await using store = await openStore();
  mkdirSync(store.paths.root, { recursive: true });
  const newer = JSON.stringify({ schema: 2, whatever: [] });
  writeFileSync(store.paths.activation, newer);
  await expect(writeActivation(store.paths, activationOf("1.0.0"))).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("schema 2"),
  });
  expect(readFileSync(store.paths.activation, "utf8")).toBe(newer);
});

test("a folder that cannot be made is told with its path and a way out", async () => {
  await using store = await openStore();
  mkdirSync(dirname(store.paths.root), { recursive: true });
  writeFileSync(store.paths.root, "a file in the way");
  await expect(writeActivation(store.paths, activationOf("1.0.0"))).rejects.toMatchObject({
    code: "cannot-create",
    message: expect.stringContaining(store.paths.activation),
    hint: expect.any(String),
  });
});
