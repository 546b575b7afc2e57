import fs, { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { readActivation } from "../../../src/store/activation.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { activationOf, openStore, versionOf } from "./sample.ts";

function write(paths: StorePaths, content: unknown): void {
  mkdirSync(dirname(paths.activation), { recursive: true });
  writeFileSync(paths.activation, typeof content === "string" ? content : JSON.stringify(content));
}

/** Lets that many reads of a file fail as Windows does while somebody else has it open. */
function holdReads(times: number): Disposable & { tries: () => number } {
  const { readFileSync: whole } = fs;
  let tries = 0;
  fs.readFileSync = ((...args: Parameters<typeof whole>) => {
    tries += 1;
    if (tries <= times) throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
    return whole(...args);
  }) as typeof whole;
  syncBuiltinESMExports();
  return {
    tries: () => tries,
    [Symbol.dispose]() {
      fs.readFileSync = whole;
      syncBuiltinESMExports();
    },
  };
}

describe("reading the activation", () => {
  test("finds none in a store that is not there, or is a file", async () => {
    await using store = await openStore();
    expect(readActivation(store.paths)).toEqual({ kind: "none" });
    mkdirSync(dirname(store.paths.root), { recursive: true });
    writeFileSync(store.paths.root, "");
    expect(readActivation(store.paths)).toEqual({ kind: "none" });
  });

  test("gives what was written, and nothing that it does not know", async () => {
    await using store = await openStore();
    const activation = activationOf("1.4.0+7", { previous: versionOf("1.3.0"), confirmed: false, request: "^1.3" });
    write(store.paths, { ...activation, future: true });
    expect(readActivation(store.paths)).toEqual({ kind: "found", activation });
  });

  test("calls a directory in its place damaged", async () => {
    await using store = await openStore();
    mkdirSync(store.paths.activation, { recursive: true });
    expect(readActivation(store.paths)).toEqual({ kind: "damaged", problem: "EISDIR" });
  });

  test("waits for a scanner that holds it for a moment, and not for ever", async () => {
    await using store = await openStore();
    const activation = activationOf("1.0.0");
    write(store.paths, activation);
    {
      using _held = holdReads(3);
      expect(readActivation(store.paths)).toEqual({ kind: "found", activation });
    }
    using held = holdReads(Number.POSITIVE_INFINITY);
    expect(readActivation(store.paths)).toEqual({ kind: "damaged", problem: "EBUSY" });
    expect(held.tries()).toBe(25);
  });

  const whole = activationOf("1.0.0");
  const damaged: Record<string, unknown> = {
    "an empty file": "",
    "half of the file": JSON.stringify(whole).slice(0, 100),
    "zeros after a power cut": "\0\0\0\0\0\0\0\0",
    null: null,
    "an array": [],
    "no schema": { ...whole, schema: undefined },
    "a schema that never was": { ...whole, schema: 0 },
    "a schema in words": { ...whole, schema: "1" },
    "no current version": { ...whole, current: undefined },
    "a current version without a digest": { ...whole, current: { ...whole.current, digest: "abc" } },
    "a previous version that is null": { ...whole, previous: null },
    "confirmed in words": { ...whole, confirmed: "true" },
    "no request": { ...whole, request: undefined },
    "no time": { ...whole, activatedAt: undefined },
  };
  test.each(Object.entries(damaged))("calls %s damaged", async (_, content) => {
    await using store = await openStore();
    write(store.paths, content);
    expect(readActivation(store.paths)).toMatchObject({ kind: "damaged" });
  });

  const elsewhere = [
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "/bin/sh",
    "C:/x",
    "c:x",
    "a\\b",
    "\\\\host\\x",
    "a\0",
    "a//b",
    "a/",
  ];
  test.each(elsewhere)("never leads to an executable at %j", async (executable) => {
    await using store = await openStore();
    for (const key of ["current", "previous"]) {
      write(store.paths, { ...whole, [key]: { ...whole.current, executable } });
      expect(readActivation(store.paths).kind).toBe("damaged");
    }
  });

  test.each([...elsewhere, "a/b"])("never leads to a directory at %j", async (directory) => {
    await using store = await openStore();
    write(store.paths, { ...whole, current: { ...whole.current, directory } });
    expect(readActivation(store.paths).kind).toBe("damaged");
  });

  test("gives what it understands of a newer launcher's", async () => {
    await using store = await openStore();
    write(store.paths, { ...whole, schema: 2, future: {} });
    expect(readActivation(store.paths)).toEqual({ kind: "newer", schema: 2, activation: whole });
    write(store.paths, { schema: 3, versions: [] });
    expect(readActivation(store.paths)).toEqual({ kind: "newer", schema: 3, activation: undefined });
  });
});

test.each(["activation", "paths"])("%s.ts loads nothing but files and paths, being on the launch path", (name) => {
  const source = readFileSync(new URL(`../../../src/store/${name}.ts`, import.meta.url), "utf8");
  const imports = [...source.matchAll(/^import (?!type ).*? from "(.*)";$/gm)].map(([, specifier]) => specifier);
  expect(imports.length).toBeGreaterThan(0);
  expect(["node:fs", "node:path"]).toEqual(expect.arrayContaining(imports));
  expect(source).not.toMatch(/\brequire\(|\bimport\(|^export .* from /m);
});
