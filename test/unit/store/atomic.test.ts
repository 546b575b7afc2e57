import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  makeFolder,
  removeUnlessHeld,
  renameWithRetry,
  syncDirectory,
  writeFileAtomically,
} from "../../../src/store/atomic.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { watchDisk } from "./disk.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}

describe("writing a file atomically", () => {
  test("makes its folders, replaces what was there, and is for this user only", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "a", "b", "file.json");
    await writeFileAtomically(path, "first");
    await writeFileAtomically(path, Buffer.from("second"));
    expect(await readFile(path, "utf8")).toBe("second");
    expect(await readdir(join(directory.path, "a", "b"))).toEqual(["file.json"]);
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  test("gives the content its name only when it is on the disk, and then syncs the name", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "file");
    const steps: string[] = [];
    {
      using _disk = await watchDisk(async ({ name, path, to }) => {
        steps.push(
          to === undefined ? `${name} ${path === directory.path ? "directory" : "beside"}` : `${name} to ${to}`,
        );
      });
      await writeFileAtomically(path, "content");
    }
    expect(steps).toEqual([
      "mkdir directory",
      "open beside",
      "handle.writeFile beside",
      "handle.sync beside",
      `rename to ${path}`,
      "handle.sync directory",
    ]);
  });

  const refusals = [
    ["ENOSPC", "io", "Free some space"],
    ["EDQUOT", "io", "Free some space"],
    ["EROFS", "cannot-create", "Check who may read and write"],
    ["EACCES", "cannot-create", "Check who may read and write"],
    ["EIO", "io", "Check the disk"],
    ["ESTALE", "io", "network drive"],
    ["EBUSY", "io", "Close whatever uses it"],
    ["EMFILE", "io", "Close some programs"],
    ["ENFILE", "io", "Close some programs"],
    ["EXDEV", "cannot-create", "on one file system"],
    ["ENAMETOOLONG", "cannot-create", "Choose a shorter name"],
    ["EISDIR", "cannot-create", "Move that folder away"],
  ];
  test.each(refusals)(
    "tells %s as %s, with the path and a way out, and leaves what was there",
    async (code, kind, hint) => {
      await using directory = await temporaryDirectory();
      const path = join(directory.path, "file");
      await writeFile(path, "before");
      using _disk = await watchDisk(async ({ name }) => {
        if (name === "handle.writeFile") throw systemError(code);
      });
      await expect(writeFileAtomically(path, "after")).rejects.toMatchObject({
        code: kind,
        message: expect.stringContaining(path),
        hint: expect.stringContaining(hint),
      });
      expect(await readFile(path, "utf8")).toBe("before");
      expect(await readdir(directory.path)).toEqual(["file"]);
    },
  );

  test("tells the trouble itself when tidying up fails too", async () => {
    await using directory = await temporaryDirectory();
    using _disk = await watchDisk(async ({ name }) => {
      if (name === "handle.sync") throw systemError("ENOSPC");
      if (name === "rm") throw systemError("EIO");
    });
    await expect(writeFileAtomically(join(directory.path, "file"), "x")).rejects.toMatchObject({ code: "io" });
  });
});

describe("renaming", () => {
  /** A rename that is refused some times, and what was waited between. */
  function refuse(code: string, times: number) {
    const waits: number[] = [];
    let calls = 0;
    const rename = async (): Promise<void> => {
      calls += 1;
      if (calls <= times) throw systemError(code);
    };
    return { waits, calls: () => calls, rename, sleep: async (ms: number) => void waits.push(ms) };
  }

  test.each(["EPERM", "EACCES", "EBUSY"])(
    "waits longer and longer on Windows while a scanner holds the file (%s)",
    async (code) => {
      const disk = refuse(code, 9);
      await renameWithRetry("a", "b", { ...disk, platform: "win32" });
      expect(disk.waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    },
  );

  test("gives up on Windows after a minute, with the system's error", async () => {
    const disk = refuse("EPERM", Number.POSITIVE_INFINITY);
    await expect(renameWithRetry("a", "b", { ...disk, platform: "win32" })).rejects.toMatchObject({ code: "EPERM" });
    const waited = disk.waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeGreaterThanOrEqual(60_000);
    expect(waited).toBeLessThan(62_000);
  });

  test("is given up on Windows when nobody wants to wait any longer", async () => {
    const disk = refuse("EPERM", Number.POSITIVE_INFINITY);
    const abort = new AbortController();
    const sleep = async (ms: number): Promise<void> => {
      await disk.sleep(ms);
      if (ms === 40) abort.abort(new Error("enough"));
    };
    const options = { ...disk, sleep, platform: "win32", signal: abort.signal };
    await expect(renameWithRetry("a", "b", options)).rejects.toThrow("enough");
    expect(disk.waits).toEqual([10, 20, 40]);
  });

  test("sleeps no longer than somebody wants to wait", async () => {
    const abort = new AbortController();
    const rename = async (): Promise<void> => {
      setImmediate(() => abort.abort(new Error("enough")));
      throw systemError("EPERM");
    };
    const options = { rename, platform: "win32", signal: abort.signal };
    await expect(renameWithRetry("a", "b", options)).rejects.toThrow("enough");
  });

  test.each([
    ["EPERM", "linux"],
    ["EACCES", "darwin"],
    ["ENOENT", "win32"],
    ["EXDEV", "win32"],
  ])("does not wait for %s on %s", async (code, platform) => {
    const disk = refuse(code, 1);
    await expect(renameWithRetry("a", "b", { ...disk, platform })).rejects.toMatchObject({ code });
    expect(disk.calls()).toBe(1);
  });
});

test("a directory that cannot be synced on this file system is no error; one that is not there is", async () => {
  await using directory = await temporaryDirectory();
  await syncDirectory(directory.path);
  await expect(syncDirectory(join(directory.path, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  for (const code of ["EINVAL", "EPERM", "ENOTSUP"]) {
    using _disk = await watchDisk(async () => {
      throw systemError(code);
    });
    await syncDirectory(directory.path);
  }
});

test("a file that is held is not removed, and that is no error", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "file");
  await writeFile(path, "");
  {
    using _disk = await watchDisk(async () => {
      throw systemError("EBUSY");
    });
    expect(await removeUnlessHeld(path)).toBe(false);
  }
  expect(await removeUnlessHeld(path)).toBe(true);
  expect(await removeUnlessHeld(path)).toBe(true);
  expect(await readdir(directory.path)).toEqual([]);
  await mkdir(path);
  await expect(removeUnlessHeld(path)).rejects.toMatchObject({ code: expect.stringMatching(/EISDIR/) });
  await rm(path, { recursive: true });
});

test("folders that are made are on the disk under their names, those around them too", async () => {
  await using directory = await temporaryDirectory();
  const synced: string[] = [];
  {
    using _disk = await watchDisk(async ({ name, path }) => {
      if (name === "handle.sync") synced.push(path);
    });
    await makeFolder(join(directory.path, "a", "b", "c"));
    await makeFolder(join(directory.path, "a", "b", "c"));
  }
  expect(synced).toEqual([join(directory.path, "a", "b"), join(directory.path, "a"), directory.path]);
});
