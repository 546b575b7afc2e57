import { EventEmitter } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { chmod, copyFile, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMissingLibrary } from "../../../src/launch/loader.ts";
import { openReadyFile } from "../../../src/launch/readyFile.ts";
import { runProgram } from "../../../src/launch/runProgram.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const handle = { platform: process.platform, env: process.env, on: () => undefined, off: () => undefined };

describe("running a program", () => {
  test.each([
    ["is not there", async () => undefined, "ENOENT"],
    ["may not be executed", async (path: string) => await writeFile(path, "#!/bin/sh\n", { mode: 0o644 }), "EACCES"],
    ["is all zeros", async (path: string) => await writeFile(path, Buffer.alloc(99), { mode: 0o755 }), "ENOEXEC"],
  ])("that %s is told and thrown by nobody", async (_, make, code) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "program");
    await make(path);
    expect(await runProgram(path, [], { handle })).toMatchObject({ kind: "not-started", code });
  });

  test("waits for one that somebody is still writing", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "program");
    await copyFile("/bin/true", path);
    await chmod(path, 0o755);
    const writer = await open(path, "r+");
    const running = runProgram(path, [], { handle });
    setImmediate(() => void writer.close());
    expect(await running).toEqual({ kind: "exited", code: 0 });
  });

  test.each(["SIGINT", "SIGBREAK", "SIGHUP", "SIGWINCH"])(
    "on Windows, leaves the answer to %s to it, which has heard of it as well",
    async (signal) => {
      const events = Object.assign(new EventEmitter(), { platform: "win32" as const, env: process.env });
      const running = runProgram("/bin/sleep", ["0.3"], { handle: events });
      await expect.poll(() => events.eventNames()).toContain("SIGINT");
      // Of a size that changed nobody needs to hear.
      expect(events.emit(signal, signal)).toBe(signal !== "SIGWINCH");
      expect(await running).toEqual({ kind: "exited", code: 0 });
      expect(events.eventNames()).toEqual([]);
    },
  );

  test("elsewhere, passes SIGHUP on to it", async () => {
    const events = Object.assign(new EventEmitter(), { platform: "linux" as const, env: process.env });
    const running = runProgram("/bin/sleep", ["60"], { handle: events });
    await expect.poll(() => events.emit("SIGHUP", "SIGHUP")).toBe(true);
    expect(await running).toEqual({ kind: "signaled", signal: "SIGHUP" });
  });
});

test("a ready file that was seen counts, whoever takes it away", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "ready");
  const seen = Promise.withResolvers<void>();
  {
    using file = openReadyFile(path, seen.resolve);
    expect(file.isReady()).toBe(false);
    await writeFile(path, "");
    await seen.promise;
    // By the program itself, or by another start that takes it for a leftover.
    await rm(path);
    expect(file.isReady()).toBe(true);
  }
  {
    using again = openReadyFile(path, () => expect.unreachable());
    expect(again.isReady()).toBe(false);
    writeFileSync(path, "");
    expect(again.isReady()).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});

test.each([
  ["a program that has all it needs", "/bin/true"],
  ["a script", import.meta.filename],
  ["what is not there", "/nowhere"],
])("nothing is missing for %s", async (_, path) => {
  expect(await findMissingLibrary(path, process.env)).toBeUndefined();
});
