import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { noise } from "../support/bytes.ts";
import { openSandbox } from "../support/sandbox.ts";

describe("a disk", () => {
  test("on which the program's folder cannot be made stops a first start, and says which", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await mkdir(dirname(sandbox.data), { recursive: true });
    await writeFile(sandbox.data, "a file in the way");
    const { exitCode, stderr } = await sandbox.launch();
    expect(exitCode).toBe(73);
    expect(stderr).toContain(sandbox.data);
    await rm(sandbox.data);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
  });

  test.runIf(canMount())("that is full stops a first start, and lets what is installed run", async () => {
    await using sandbox = await openSandbox();
    await mkdir(sandbox.data, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", sandbox.data]);
    try {
      const large = `echo large\n# ${noise(400_000).toString("base64")}`;
      await sandbox.publish("2.0.0", large);
      await sandbox.build({ version: "2.0.0" });
      expect(await sandbox.launch()).toMatchObject({
        exitCode: 74,
        stderr: expect.stringContaining("the disk is full"),
      });

      await sandbox.publish("1.0.0", "echo one");
      expect(await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } })).toMatchObject({
        exitCode: 0,
        stdout: "one\n",
      });
      // The update does not fit: a sentence, and what was installed runs, now and the next time.
      const { exitCode, stdout, stderr } = await sandbox.launch();
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one\n" });
      expect(stderr).toContain("the disk is full");
      execFileSync("sh", ["-c", `cat /dev/zero > "${sandbox.data}/filler" 2>/dev/null || true`]);
      expect(await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } })).toMatchObject({
        exitCode: 0,
        stdout: "one\n",
      });
    } finally {
      execFileSync("umount", [sandbox.data]);
    }
  });
});

/** A file system of a few kilobytes takes root, and a sandbox may forbid it even then. */
function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "slipway-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]).status === 0;
  if (mounted) spawnSync("umount", [directory]);
  else console.warn("skipped: a full disk takes the right to mount one");
  rmdirSync(directory);
  return mounted;
}
