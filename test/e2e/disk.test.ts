import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { noise } from "../support/bytes.ts";
import { canMount } from "../support/mount.ts";
import { makeReadOnly } from "../support/readOnly.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

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

test("a version that cannot be started for a reason outside of it is kept, whatever was changed beside it", async () => {
  await using sandbox = await openSandbox();
  const [shell, folder] = [join(sandbox.directory, "sh"), join(sandbox.directory, "folder")];
  await symlink("/bin/sh", shell);
  await mkdir(folder);
  await writeFile(join(folder, "app"), `#!${shell}\necho one\n`, { mode: 0o755 });
  await writeFile(join(folder, "data"), "as it was published");
  const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const args = ["push", `${sandbox.repository}:1.0.0`, `${platform}=${folder}`, "--entrypoint", "app"];
  expectSuccess(await sandbox.slipway(args));
  await sandbox.build();
  expect(await sandbox.launch()).toMatchObject({ stdout: "one\n" });
  await sandbox.stopRegistry();
  await writeFile(join(await folderOf(sandbox, "1.0.0"), "data"), "as the person likes it");
  await rm(shell);
  expect(await sandbox.launch()).toMatchObject({ exitCode: 70, stderr: expect.stringContaining("does not run") });
  await symlink("/bin/sh", shell);
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
});

interface DiskTrouble {
  readonly name: string;
  /** What happens to the store, in which 1.0.0 and then 1.1.0 have run. */
  readonly spoil: (sandbox: Sandbox) => Promise<void>;
  /** The version that runs without a network; undefined when there is none. */
  readonly offline: string | undefined;
}

const at = (sandbox: Sandbox, ...names: string[]) => join(sandbox.data, ...names);

/** A version's folder, or with an ending what lies beside it. */
async function folderOf(sandbox: Sandbox, version: string, ending = ""): Promise<string> {
  const names = await readdir(at(sandbox, "versions"));
  const found = names.find((name) => name.startsWith(`${version}-`) && !/\.(json|files)$/.test(name));
  return at(sandbox, "versions", `${found ?? "none"}${ending}`);
}

const TROUBLE: readonly DiskTrouble[] = [
  {
    name: "a current version that was deleted",
    spoil: async (sandbox) => await rm(await folderOf(sandbox, "1.1.0"), { recursive: true }),
    offline: "one",
  },
  {
    name: "all versions deleted",
    spoil: async (sandbox) => await rm(at(sandbox, "versions"), { recursive: true }),
    offline: undefined,
  },
  {
    name: "a program that was emptied",
    spoil: async (sandbox) => await truncate(join(await folderOf(sandbox, "1.1.0"), "app")),
    offline: "one",
  },
  {
    name: "a program that was cut short",
    spoil: async (sandbox) => await truncate(join(await folderOf(sandbox, "1.1.0"), "app"), 14),
    offline: "one",
  },
  {
    name: "a program of zeros, as after a power cut",
    async spoil(sandbox) {
      const program = join(await folderOf(sandbox, "1.1.0"), "app");
      await writeFile(program, Buffer.alloc((await readFile(program)).byteLength));
    },
    offline: "one",
  },
  {
    name: "a program that may not be executed any more",
    spoil: async (sandbox) => await chmod(join(await folderOf(sandbox, "1.1.0"), "app"), 0o644),
    offline: "two",
  },
  {
    name: "a program whose interpreter is gone",
    async spoil(sandbox) {
      const program = join(await folderOf(sandbox, "1.1.0"), "app");
      await writeFile(program, (await readFile(program, "utf8")).replace("/bin/sh", "/bin/xx"));
    },
    offline: "one",
  },
  {
    name: "versions without their records",
    async spoil(sandbox) {
      for (const version of ["1.0.0", "1.1.0"]) await rm(await folderOf(sandbox, version, ".json"));
    },
    offline: "two",
  },
  {
    name: "an activation that was emptied",
    spoil: async (sandbox) => await writeFile(at(sandbox, "active.json"), ""),
    offline: "two",
  },
  {
    name: "an activation that is gone",
    spoil: async (sandbox) => await rm(at(sandbox, "active.json")),
    offline: "two",
  },
  {
    name: "an activation that is a folder",
    async spoil(sandbox) {
      await rm(at(sandbox, "active.json"));
      await mkdir(at(sandbox, "active.json"));
    },
    offline: "two",
  },
  {
    name: "an activation that leads out of the store",
    async spoil(sandbox) {
      const text = await readFile(at(sandbox, "active.json"), "utf8");
      await writeFile(
        at(sandbox, "active.json"),
        text.replace(/"directory": "1.1.0[^"]*"/, '"directory": "../../../.."'),
      );
    },
    offline: "two",
  },
  {
    name: "a damaged state",
    spoil: async (sandbox) => await writeFile(at(sandbox, "state.json"), "\0\0\0"),
    offline: "two",
  },
  {
    name: "a lock that nobody holds",
    spoil: async (sandbox) => await writeFile(at(sandbox, "lock"), '{"token":"x","pid":1073741824,"host":"h"}'),
    offline: "two",
  },
  {
    name: "downloads that are a file",
    async spoil(sandbox) {
      await rm(at(sandbox, "blobs"), { recursive: true, force: true });
      await writeFile(at(sandbox, "blobs"), "in the way");
    },
    offline: "two",
  },
  {
    name: "a log that is a folder",
    async spoil(sandbox) {
      await rm(at(sandbox, "log"), { recursive: true });
      await mkdir(at(sandbox, "log", "launcher.jsonl"), { recursive: true });
    },
    offline: "two",
  },
  {
    name: "a store of a newer launcher",
    async spoil(sandbox) {
      for (const name of ["active.json", "state.json"]) {
        const text = await readFile(at(sandbox, name), "utf8");
        await writeFile(at(sandbox, name), text.replace('"schema": 1', '"schema": 9'));
      }
    },
    offline: "two",
  },
];

describe("a store with", () => {
  test.each(TROUBLE.map((trouble) => [trouble.name, trouble] as const))(
    "%s runs what is left of it, and is mended with a network",
    async (_, { spoil, offline }) => {
      await using sandbox = await openSandbox();
      await sandbox.publish("1.0.0", "echo one");
      await sandbox.build();
      await sandbox.launch();
      await sandbox.publish("1.1.0", "echo two");
      await sandbox.launch();
      await spoil(sandbox);
      sandbox.setFaults(() => ({ kind: "drop" }));
      const first = await sandbox.launch();
      expect([first.exitCode, first.stdout]).toEqual(offline === undefined ? [69, ""] : [0, `${offline}\n`]);
      sandbox.setFaults(undefined);
      // What was left out because it could not be started comes when it is asked for.
      if (offline === "one") await sandbox.launch(["--launcher", "update"]);
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n", stderr: "" });
    },
  );
});

describe("a place", () => {
  test.each([
    ["with spaces and letters of all kinds", "Übung mit Leer zeichen 日本語 🚀"],
    ["with signs that shells take for theirs", "a$HOME `b` 'c' \"d\" %PATH% &e;f"],
    ["of a very long path", Array.from({ length: 12 }, (_, level) => `folder-${level}-${"x".repeat(60)}`).join("/")],
  ])("%s serves like all others", async (_, name) => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", 'echo "one $0"');
    await sandbox.build();
    const home = join(sandbox.directory, name);
    await mkdir(home, { recursive: true });
    const launcher = join(home, "launcher");
    await copyFile(sandbox.launcher, launcher);
    for (const _again of [1, 2]) {
      const { exitCode, stdout, stderr } = await sandbox.launch([], { launcher, env: { HOME: home } });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toContain(`one ${home}`);
    }
    await sandbox.publish("1.1.0", "echo two");
    expect(await sandbox.launch([], { launcher, env: { HOME: home } })).toMatchObject({ exitCode: 0, stdout: "two\n" });
  });

  test("that may only be read degrades to starting what is there, quietly and each time", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two");
    await using readOnly = makeReadOnly(sandbox);
    for (const _ of [1, 2]) {
      const run = await sandbox.launch([], { uid: readOnly.uid });
      expect(run).toEqual({ exitCode: 0, signal: null, stdout: "one\n", stderr: "" });
    }
  });

  test("that may only be read stops a first start with its path", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await using readOnly = makeReadOnly(sandbox);
    const { exitCode, stderr } = await sandbox.launch([], { uid: readOnly.uid });
    expect(exitCode).toBe(73);
    expect(stderr).toContain(sandbox.home);
  });
});
