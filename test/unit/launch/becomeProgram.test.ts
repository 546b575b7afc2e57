import { statSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { becomeProgram, isStartable } from "../../../src/launch/becomeProgram.ts";
import { sampleElf } from "../../support/sampleElf.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

function handle(platform: string) {
  const calls: unknown[][] = [];
  return {
    calls,
    platform,
    arch: process.arch,
    env: {},
    execve: (...args: unknown[]) => void calls.push(["execve", ...args]),
    on: (event: string) => void calls.push(["on", event]),
    removeAllListeners: (event: string) => void calls.push(["off", event]),
  };
}

describe("becoming the program", () => {
  test("puts SIGPIPE back to what it was before Node, then replaces the process", () => {
    const it = handle("linux");
    becomeProgram({ executable: "/bin/sh" }, ["-c", "x"], it);
    expect(it.calls).toEqual([
      ["on", "SIGPIPE"],
      ["off", "SIGPIPE"],
      ["execve", "/bin/sh", ["/bin/sh", "-c", "x"], {}],
    ]);
  });

  test.each([
    ["x64", 62],
    ["arm64", 183],
  ])("takes a static program for %s, which has no loader", async (arch, machine) => {
    await using directory = await temporaryDirectory();
    const executable = join(directory.path, "program");
    const elf = sampleElf();
    elf.writeUInt16LE(machine, 18);
    await writeFile(executable, elf, { mode: 0o755 });
    const it = { ...handle("linux"), arch };
    becomeProgram({ executable }, [], it);
    expect(it.calls).toHaveLength(3);
  });

  test("on a Mac takes what is a Mac's", async () => {
    await using directory = await temporaryDirectory();
    const executable = join(directory.path, "program");
    await writeFile(executable, Buffer.from("cffaedfe00", "hex"), { mode: 0o755 });
    const it = handle("darwin");
    becomeProgram({ executable }, [], it);
    becomeProgram({ executable: "/bin/sh" }, [], it);
    expect(it.calls).toHaveLength(3);
  });

  test("is not tried on Windows", () => {
    const it = handle("win32");
    becomeProgram({ executable: "/bin/sh" }, [], it);
    expect(it.calls).toEqual([]);
  });

  test("is not tried with a file of another size than was installed", () => {
    const it = handle("linux");
    const { size } = statSync("/bin/sh");
    becomeProgram({ executable: "/bin/sh", size: size - 1 }, [], it);
    expect(it.calls).toEqual([]);
    becomeProgram({ executable: "/bin/sh", size }, [], it);
    expect(it.calls).toHaveLength(3);
  });

  test.each([
    ["that is not there", async () => undefined],
    ["that is a folder", async (path: string) => await mkdir(path)],
    ["that is empty", async (path: string) => await writeFile(path, "", { mode: 0o755 })],
    ["that is a script", async (path: string) => await writeFile(path, "#!/bin/sh\n", { mode: 0o755 })],
    [
      "that is not executable",
      async (path: string) => {
        await writeFile(path, sampleElf());
        await chmod(path, 0o644);
      },
    ],
    ["that was cut short", async (path: string) => await writeFile(path, sampleElf().subarray(0, 70), { mode: 0o755 })],
    [
      "for another processor",
      async (path: string) => {
        const elf = await readFile("/bin/sh");
        elf.writeUInt16LE(8, 18);
        await writeFile(path, elf, { mode: 0o755 });
      },
    ],
    [
      "whose loader is gone",
      async (path: string) => {
        const elf = await readFile("/bin/sh");
        const loader = elf.indexOf("/ld-linux");
        elf.write("/no-linux", loader);
        await writeFile(path, elf, { mode: 0o755 });
      },
    ],
    ["of a Mac", async (path: string) => await writeFile(path, Buffer.from("cffaedfe00", "hex"), { mode: 0o755 })],
  ])("is not tried with a file %s, because a failing execve would abort", async (_, make) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "program");
    await make(path);
    const it = handle("linux");
    becomeProgram({ executable: path }, [], it);
    expect(it.calls).toEqual([]);
  });
});

test.each([
  ["a program", "MZ\u0090\0", undefined, true],
  ["one of the size that was installed", "MZ\u0090\0", 4, true],
  ["one of another size", "MZ\u0090\0", 5, false],
  ["a script", "@echo off", undefined, false],
  ["an empty file", "", undefined, false],
])("whether Windows starts it: %s", async (_, content, size, expected) => {
  await using directory = await temporaryDirectory();
  const executable = join(directory.path, "program.exe");
  await writeFile(executable, content, { encoding: "latin1", mode: 0o755 });
  expect(isStartable({ executable, size }, { platform: "win32", arch: "x64" })).toBe(expected);
});
