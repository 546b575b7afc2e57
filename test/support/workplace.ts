import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { inject } from "vitest";
import { run, type Run } from "./run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "./sandbox.ts";

/** A folder in which somebody develops a program in Go, with keys, and `slipway` among their programs. */
export interface Workplace extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Runs a shell's script there. @param shell with what comes before the script's path. */
  shell(shell: readonly string[], script: string, options: ShellOptions): Promise<Run>;
}

export interface ShellOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const PASSPHRASE = "correct horse battery staple";

const PROGRAM = `package main

var version = "unknown"

func main() { println("this is " + version) }
`;

export async function openWorkplace(): Promise<Workplace> {
  const sandbox = await openSandbox();
  const { directory } = sandbox;
  const bin = join(directory, "bin");
  await mkdir(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${inject("cli")}' "$@"\n`;
  await writeFile(join(bin, "slipway"), program, { mode: 0o755 });
  await writeFile(join(directory, "main.go"), PROGRAM);
  await writeFile(join(directory, "go.mod"), "module example.com/app\n\ngo 1.21\n");
  const installer = { id: "com.example.app", name: "Example App", repository: sandbox.repository };
  await writeFile(join(directory, "installer.json"), JSON.stringify(installer));
  expectSuccess(await sandbox.slipway(["keygen"], { env: { SLIPWAY_KEY_PASSPHRASE: PASSPHRASE } }));
  const env = {
    HOME: sandbox.home,
    LC_ALL: "C.UTF-8",
    PATH: [bin, process.env["PATH"]].join(delimiter),
    SLIPWAY_CACHE: inject("cache"),
    SLIPWAY_KEY_PASSPHRASE: PASSPHRASE,
    // What Go has compiled for other systems once is of use to every test.
    GOCACHE: execFileSync("go", ["env", "GOCACHE"], { encoding: "utf8" }).trim(),
    GOTOOLCHAIN: "local",
  };
  return {
    sandbox,
    shell: async ([command = "sh", ...before], script, options) =>
      await run(command, [...before, script, ...(options.args ?? [])], {
        cwd: directory,
        env: { ...env, ...options.env },
      }),
    [Symbol.asyncDispose]: async () => await sandbox[Symbol.asyncDispose](),
  };
}

/** A file as a visitor has it after a download: on Linux nothing tells yet that it is a program. */
export async function download(from: string, to: string): Promise<string> {
  await copyFile(from, to);
  await chmod(to, 0o755);
  return to;
}
