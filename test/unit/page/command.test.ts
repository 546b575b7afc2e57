import { execFileSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkCommand, startCommand } from "../../../src/page/command.ts";
import { sampleDownload } from "../../support/sampleCatalog.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const NAMES = ["app", "My App", "it's", "-rf", "$(touch owned)", "`touch owned`", "a;touch owned", '"', "日本語", "\\"];

describe("checkCommand", () => {
  test.each([
    ["windows/amd64", "Meadow.exe", 'certutil -hashfile "Meadow.exe" SHA256'],
    ["darwin/arm64", "Meadow.zip", "shasum -a 256 ./Meadow.zip"],
    ["linux/amd64", "Meadow", "sha256sum ./Meadow"],
    ["freebsd/amd64", "Meadow", "sha256sum ./Meadow"],
    ["windows/amd64", "It's my app (1).exe", 'certutil -hashfile "It\'s my app (1).exe" SHA256'],
    ["windows/amd64", 'a" & calc', 'certutil -hashfile "FILE" SHA256'],
    ["windows/amd64", "$(calc).exe", 'certutil -hashfile "FILE" SHA256'],
    ["windows/amd64", "a\u201d; calc", 'certutil -hashfile "FILE" SHA256'],
    ["windows/amd64", "%PATH%", 'certutil -hashfile "FILE" SHA256'],
    ["windows/amd64", "-decode", 'certutil -hashfile "FILE" SHA256'],
  ])("is for %s what is there", (platform, fileName, command) => {
    expect(checkCommand(sampleDownload(platform, { fileName }))).toBe(command);
  });

  test("asks for the algorithm of the digest", () => {
    const digest = `sha512:${"0".repeat(128)}` as const;
    expect(checkCommand(sampleDownload("linux/amd64", { digest }))).toMatch(/^sha512sum /);
    expect(checkCommand(sampleDownload("darwin/arm64", { digest }))).toMatch(/^shasum -a 512 /);
    expect(checkCommand(sampleDownload("windows/amd64", { digest }))).toMatch(/ SHA512$/);
  });

  test.each(NAMES)("reads the file %j in a shell, and does nothing else", async (fileName) => {
    await using work = await temporaryDirectory();
    await writeFile(join(work.path, fileName), "content");
    const command = checkCommand(sampleDownload("linux/amd64", { fileName }));
    const sum = execFileSync("sh", ["-c", command], { cwd: work.path, encoding: "utf8" });
    expect(sum).toContain("ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73");
    expect(execFileSync("ls", ["-A"], { cwd: work.path, encoding: "utf8" })).toBe(`${fileName}\n`);
  });
});

describe("startCommand", () => {
  test.each(NAMES)("starts the file %j, which could not be run before", async (fileName) => {
    await using work = await temporaryDirectory();
    const path = join(work.path, fileName);
    await writeFile(path, "#!/bin/sh\necho started\n");
    await chmod(path, 0o644);
    const out = execFileSync("sh", ["-c", startCommand({ fileName })], { cwd: work.path, encoding: "utf8" });
    expect(out).toBe("started\n");
  });
});
