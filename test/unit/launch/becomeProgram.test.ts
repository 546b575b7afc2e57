import { statSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { becomeProgram } from "../../../src/launch/becomeProgram.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

function handle(platform: string) {
  const calls: unknown[][] = [];
  return {
    calls,
    platform,
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
        await writeFile(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]));
        await chmod(path, 0o644);
      },
    ],
  ])("is not tried with a file %s, because a failing execve would abort", async (_, make) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "program");
    await make(path);
    const it = handle("linux");
    becomeProgram({ executable: path }, [], it);
    expect(it.calls).toEqual([]);
  });
});
