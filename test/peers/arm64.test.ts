import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasProgram } from "../support/peer.ts";
import type { Run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const EMULATOR = "qemu-aarch64-static";

// From Debian's packages for arm64, or from those for a cross compiler. A loader from here with libraries from there
// hangs, so where the former are installed it is they.
const SYSTEMS = [
  { root: "/", library: "/usr/lib/aarch64-linux-gnu/libstdc++.so.6" },
  { root: "/usr/aarch64-linux-gnu", library: "/usr/aarch64-linux-gnu/lib/libstdc++.so.6" },
];

function findSystem(): string | undefined {
  if (!hasProgram(EMULATOR)) return undefined;
  const found = SYSTEMS.find(({ library }) => existsSync(library));
  if (found === undefined) console.warn("skipped: libstdc++6-arm64-cross is not installed");
  return found?.root;
}

const system = findSystem();

async function buildForArm64(sandbox: Sandbox): Promise<string> {
  const installer = { id: "com.example.app", name: "app", repository: sandbox.repository };
  await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
  expectSuccess(await sandbox.slipway(["build", "--platform", "linux/arm64"]));
  return join(sandbox.directory, "dist", "app-linux-arm64");
}

async function emulate(sandbox: Sandbox, launcher: string, args: readonly string[]): Promise<Run> {
  return await sandbox.launch(["-L", system ?? "", launcher, ...args], { launcher: EMULATOR });
}

/**
 * The emulator hands programs to this machine's kernel: they have to be for this machine, whatever their label. So the
 * launcher, which looks before it becomes one, starts them as children.
 */
async function publishNative(sandbox: Sandbox, version: string): Promise<void> {
  const program = spawnSync("sh", ["-c", "command -v env"], { encoding: "utf8" }).stdout.trim();
  expectSuccess(await sandbox.slipway(["push", `${sandbox.repository}:${version}`, `linux/arm64=${program}`]));
}

describe.runIf(system !== undefined)("a launcher for arm64", () => {
  test("is an arm64 program without symbols for debuggers", async () => {
    await using sandbox = await openSandbox();
    const launcher = await readFile(await buildForArm64(sandbox));
    // EM_AARCH64
    expect(launcher.readUInt16LE(18)).toBe(183);
    expect(launcher.indexOf("\0.symtab\0")).toBe(-1);
  });

  test("shows its help", async () => {
    await using sandbox = await openSandbox();
    const launcher = await buildForArm64(sandbox);
    const { exitCode, stdout, stderr } = await emulate(sandbox, launcher, ["--launcher", "help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("--launcher status");
  });

  test("installs the program at its first start, and then starts it without the registry", async () => {
    await using sandbox = await openSandbox();
    const launcher = await buildForArm64(sandbox);
    await publishNative(sandbox, "1.0.0");
    const first = await emulate(sandbox, launcher, ["printf", "%s\n", "it is me"]);
    expect(first).toMatchObject({ exitCode: 0, stdout: "it is me\n" });
    const status = await emulate(sandbox, launcher, ["--launcher", "status", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ installed: "1.0.0" });
    await sandbox.stopRegistry();
    const second = await emulate(sandbox, launcher, ["sh", "-c", "echo again; exit 7"]);
    expect(second).toMatchObject({ exitCode: 7, stdout: "again\n", stderr: "" });
  });

  test("updates a program that it starts as a child", async () => {
    await using sandbox = await openSandbox();
    const launcher = await buildForArm64(sandbox);
    for (const version of ["1.0.0", "1.1.0"]) {
      await sandbox.publish(version, `echo ${version} "$@"`, "linux/arm64");
      const ran = await emulate(sandbox, launcher, ["--launcher", "update"]);
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(await emulate(sandbox, launcher, ["a b"])).toMatchObject({ exitCode: 0, stdout: `${version} a b\n` });
    }
  });
});
