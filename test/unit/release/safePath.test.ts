import { describe, expect, test } from "vitest";
import { checkLinkTarget, nameKey, splitSafePath } from "../../../src/release/safePath.ts";

const SYSTEMS: readonly NodeJS.Platform[] = ["linux", "darwin", "win32"];

describe("splitSafePath", () => {
  test.each([
    ["app", ["app"]],
    ["./bin//app", ["bin", "app"]],
    ["bin/app/", ["bin", "app"]],
    [".", []],
    ["", []],
    ["./", []],
    ["..a/b..c/...d", ["..a", "b..c", "...d"]],
    ["Ünïcödé/日本", ["Ünïcödé", "日本"]],
  ])("takes %j apart on every system", (path, parts) => {
    for (const platform of SYSTEMS) expect(splitSafePath(path, platform)).toEqual(parts);
  });

  test.each([
    "..",
    "../evil",
    "a/../../evil",
    "a/..",
    "/etc/passwd",
    "//server/share",
    "C:evil",
    "c:/evil",
    "a\\..\\..\\evil",
    "\\\\server\\share",
    "a\0b",
    "a/".repeat(513),
    "ä".repeat(128),
  ])("refuses %j on every system", (path) => {
    for (const platform of SYSTEMS) expect(() => splitSafePath(path, platform)).toThrow("unsafe path in the release");
  });

  test.each([
    "CON",
    "nul",
    "aux.txt",
    "Com1",
    "LPT9.tar.gz",
    "con .txt",
    "COM¹",
    "conin$",
    "name:x",
    "file.txt:stream",
    "a?",
    "a*",
    "dot.",
    "space ",
    "bell\u0007",
    "a/prn/b",
  ])("refuses %j on Windows alone", (path) => {
    expect(() => splitSafePath(path, "win32")).toThrow("unsafe path in the release");
    expect(splitSafePath(path, "linux")).toEqual(path.split("/"));
  });

  test.each(["console", "nullable.txt", "com", "com10", "aux1", ".con"])("takes %j on Windows", (path) => {
    expect(splitSafePath(path, "win32")).toEqual([path]);
  });
});

describe("checkLinkTarget", () => {
  test.each(["lib.so.1", "../lib/x", "../../x", "..", ".", "./a/b", "a//b/"])("lets a/b/link point to %j", (target) => {
    expect(() => check(target)).not.toThrow();
  });

  test.each([
    "",
    "/etc/passwd",
    "../../..",
    "../../../x",
    "x/../../../../y",
    "lib/../x",
    "C:x",
    "..\\..\\x",
    "a\0",
    "x".repeat(2000),
  ])("does not let it point to %j", (target) => {
    expect(() => check(target)).toThrow("unsafe path in the release");
  });

  test("holds a target to Windows' names there", () => {
    expect(() => check("sub/nul")).not.toThrow();
    expect(() => check("sub/nul", "win32")).toThrow("Windows reserves the name");
  });

  function check(target: string, platform: NodeJS.Platform = "linux"): void {
    checkLinkTarget("a/b/link", target, { parent: ["a", "b"], platform });
  }
});

describe("nameKey", () => {
  test("takes names for one where the system does", () => {
    expect(nameKey("README", "win32")).toBe(nameKey("readme", "win32"));
    expect(nameKey("README", "darwin")).toBe(nameKey("readme", "darwin"));
    expect(nameKey("README", "linux")).not.toBe(nameKey("readme", "linux"));
    expect(nameKey("\u00e4", "darwin")).toBe(nameKey("a\u0308", "darwin"));
    expect(nameKey("\u00e4", "linux")).not.toBe(nameKey("a\u0308", "linux"));
  });
});
