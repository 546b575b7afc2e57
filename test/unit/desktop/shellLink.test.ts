import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { composeShellLink, type ShellLink } from "../../../src/desktop/windows/shellLink.ts";
import { hasProgram } from "../../support/peer.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

/** What another program reads in it, by its labels. */
async function read(link: ShellLink): Promise<Map<string, string[]>> {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, "x.lnk");
  await writeFile(file, composeShellLink(link));
  const found = new Map<string, string[]>();
  for (const line of execFileSync("lnkinfo", [file], { encoding: "utf8" }).split("\n")) {
    const [, label = "", value = ""] = /^\s*([^:]+?)\s*: (.*)$/.exec(line) ?? [];
    found.set(label, [...(found.get(label) ?? []), value]);
  }
  return found;
}

describe.skipIf(!hasProgram("lnkinfo"))("a shortcut", () => {
  test.each([
    String.raw`C:\Users\p\app.exe`,
    String.raw`C:\Users\Jörg Müller\AppData\Local\Example App.exe`,
    String.raw`D:\日本\アプリ.exe`,
  ])("to %s leads there, by both of its ways", async (target) => {
    const found = await read({ target });
    expect(found.get("Local path")).toEqual([target]);
    expect(found.get("Volume name")).toEqual([target.slice(0, 3)]);
    expect(found.get("Long name")).toEqual(target.split("\\").slice(1));
  });

  test("has what it was given", async () => {
    const found = await read({
      target: String.raw`C:\app.exe`,
      arguments: '--open "a b"',
      workingDirectory: String.raw`C:\Users\Ä`,
      description: "Example Ä",
      icon: { path: String.raw`C:\icons.dll`, index: 3 },
      appUserModelId: "com.example.app",
    });
    expect(found.get("Command line arguments")).toEqual(['--open "a b"']);
    expect(found.get("Working directory")).toEqual([String.raw`C:\Users\Ä`]);
    expect(found.get("Description")).toEqual(["Example Ä"]);
    expect(found.get("Icon location")).toEqual([String.raw`C:\icons.dll`]);
    expect(found.get("Icon index")).toEqual(["3"]);
  });
});

describe("a shortcut's bytes", () => {
  test("name the program that windows belong to", () => {
    const bytes = composeShellLink({ target: String.raw`C:\app.exe`, appUserModelId: "com.example.app" });
    const at = bytes.indexOf(Buffer.from("com.example.app\0", "utf16le"));
    // [MS-PROPSTORE] 2.1: a string of so many characters, with its end mark.
    expect([bytes.readUInt32LE(at - 8), bytes.readUInt32LE(at - 4)]).toEqual([0x1f, 16]);
    const block = bytes.indexOf(Buffer.from([0x09, 0, 0, 0xa0]));
    expect(block - 4 + bytes.readUInt32LE(block - 4)).toBe(bytes.length - 4);
  });

  test.each([String.raw`\\server\share\app.exe`, "app.exe", "/home/p/app"])("cannot lead to %s", (target) => {
    expect(() => composeShellLink({ target })).toThrow(expect.objectContaining({ code: "bad-data" }));
  });
});
