import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, link, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { noise } from "../support/bytes.ts";
import { nativeProgram } from "../support/nativeProgram.ts";
import type { Run } from "../support/run.ts";
import { type BuiltPrograms, expectSuccess, openSandboxWith, type Sandbox } from "../support/sandboxWith.ts";
import { lines, openWindowsSandboxOf } from "../support/windowsSandboxOf.ts";
import { bundleScript } from "../unit/store/script.ts";

/** A person's computer, as often as one is needed, with a publisher and a registry that all of them share. */
export interface Lab extends AsyncDisposable {
  readonly system: "linux" | "windows";
  readonly publisher: Sandbox;
  publish(version: string): Promise<void>;
  /** Builds the launcher, and publishes it if it is a newer one. */
  build(launcherVersion: string, options?: { readonly publish: boolean }): Promise<void>;
  /** A computer in a state that was kept, or a new one. */
  open(state: string | undefined): Promise<Computer>;
}

export interface Computer extends AsyncDisposable {
  /** The program's data directory. */
  readonly data: string;
  /** The launcher at its place. */
  readonly placed: string;
  /** The person's own installer.json. */
  readonly settings: string;
  /** What a terminal finds by the program's name; undefined where there is none. */
  readonly command?: string;
  /** Starts the launcher that was downloaded, the one at its place, or the command. */
  launch(args: readonly string[], options?: LaunchOptions): Promise<Run>;
  /** What the program of a version says. */
  says(version: string): string;
  /** Keeps the state under a name. */
  keep(name: string): Promise<void>;
  /** Where a victim reports, as a path of this system and as one of the computer's. */
  readonly report: { readonly here: string; readonly there: string };
  /** The preload's path on the computer. */
  readonly preload: string;
}

export interface LaunchOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly from?: "downloads" | "place" | "command";
  /** Kills the launcher after so many milliseconds, unless it has ended. */
  readonly killAfter?: number;
}

const ID = "com.example.app";

async function preloadIn(directory: string): Promise<string> {
  return await bundleScript(pathToFileURL(resolve("test/crash/preload.ts")), directory, "cjs");
}

/** Linux: each computer is a home folder of its own. */
export async function openLinuxLab(programs: BuiltPrograms): Promise<Lab> {
  const publisher = await openSandboxWith(programs);
  const preload = await preloadIn(publisher.directory);
  const states = join(publisher.directory, "states");
  const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const launcher = join(publisher.directory, "launcher");
  let count = 0;

  return {
    system: "linux",
    publisher,

    async publish(version) {
      // A folder of several files besides the program, so that unpacking has steps, and one that arrives in pieces, the
      // first time: from then on a delta does.
      const folder = join(publisher.directory, "programs", version);
      await mkdir(join(folder, "data"), { recursive: true });
      const script = `[ -n "$CRASH" ] && [ ${version} = 1.1.0 ] && kill -SEGV $$\necho ${version}\n`;
      await writeFile(join(folder, "app"), nativeProgram(script) ?? `#!/bin/sh\n${script}`, { mode: 0o755 });
      for (const name of ["a", "b", "c"])
        await writeFile(join(folder, "data", name), `${name} of ${version}\n`.repeat(9));
      await writeFile(join(folder, "noise"), noise(300_000));
      const args = [
        "push",
        `${publisher.repository}:${version}`,
        `${platform}=${folder}`,
        "--entrypoint",
        "app",
        "--no-check",
      ];
      expectSuccess(await publisher.slipway(args));
    },

    async build(launcherVersion, { publish } = { publish: false }) {
      await publisher.build({ launcherVersion, keepVersions: 2, desktop: { fastCommand: true } });
      if (publish) expectSuccess(await publisher.slipway(["push", "--launcher", "--codings", "none", "--no-check"]));
      else await cp(publisher.launcher, launcher);
    },

    async open(state) {
      count += 1;
      const own = String(count);
      const home = join(publisher.directory, "computers", own);
      await mkdir(home, { recursive: true });
      if (state !== undefined) {
        await copyHome(join(states, state), home);
        await moveHome(home);
      }
      const data = join(home, ".local", "share", ID);
      const placed = join(data, "launcher", "app");
      const command = join(home, ".local", "bin", "app");
      const files = { downloads: launcher, place: placed, command };
      const report = join(publisher.directory, "computers", `${own}.report`);
      return {
        data,
        placed,
        command,
        settings: join(home, ".config", ID, "installer.json"),
        report: { here: report, there: report },
        preload,
        says: (version) => `${version}\n`,
        keep: async (name) => await copyHome(home, join(states, name)),

        async launch(args, { env = {}, from = "downloads", killAfter } = {}) {
          const all = { PATH: process.env["PATH"], HOME: home, LC_ALL: "C.UTF-8", ...env };
          return await runKillable(files[from], args, { env: all, killAfter });
        },

        async [Symbol.asyncDispose]() {
          await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
          await rm(report, { force: true });
        },
      };
    },

    [Symbol.asyncDispose]: async () => await publisher[Symbol.asyncDispose](),
  };
}

/** The launcher at its place is never changed but replaced: its copies share their bytes. */
async function copyHome(from: string, to: string): Promise<void> {
  const placed = join(".local", "share", ID, "launcher", "app");
  await cp(from, to, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    filter: (path) => path !== join(from, placed),
  });
  if (existsSync(join(from, placed))) await link(join(from, placed), join(to, placed));
}

/** Where the launcher has its place, and its command, is written down by whole paths. */
async function moveHome(home: string): Promise<void> {
  const place = join(home, ".local", "share", ID, "launcher");
  for (const path of [join(place, "settled.json"), join(place, ".entry")]) {
    if (!existsSync(path)) continue;
    const { atime, mtime } = await stat(path);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll(/\/[^"'\s]*\/computers\/\d+(?=[/'"])/g, home));
    await utimes(path, atime, mtime);
  }
  const command = join(home, ".local", "bin", "app");
  await rm(command, { force: true });
  if (existsSync(join(place, ".entry"))) await symlink(join(place, ".entry"), command);
}

async function runKillable(
  file: string,
  args: readonly string[],
  { env, killAfter }: { readonly env: NodeJS.ProcessEnv; readonly killAfter: number | undefined },
): Promise<Run> {
  return await new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].on("data", (text) => (output[name] += String(text)));
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
    child.once("error", reject);
    // What runs behind holds no stream of ours, and a killed launcher's program may.
    child.once("exit", (exitCode, signal) => {
      clearTimeout(timer);
      if (signal === "SIGKILL") setImmediate(() => resolve({ exitCode, signal, ...output }));
    });
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...output }));
  });
}

/** Windows, as far as wine is: one computer, whose data folder is another each time. */
export async function openWindowsLab(programs: BuiltPrograms): Promise<Lab> {
  const publisher = await openSandboxWith(programs);
  const sandbox = await openWindowsSandboxOf(publisher);
  const { computer, data } = sandbox;
  await preloadIn(computer.drive);
  const states = join(publisher.directory, "states");
  const kept = join(publisher.directory, "launcher.exe");
  const report = join(computer.drive, "report.txt");

  return {
    system: "windows",
    publisher,
    publish: async (version) => await sandbox.publish(version),

    async build(launcherVersion, { publish } = { publish: false }) {
      await sandbox.build({ launcherVersion, keepVersions: 2 });
      if (publish) expectSuccess(await publisher.slipway(["push", "--launcher", "--codings", "none", "--no-check"]));
      else await cp(sandbox.downloaded, kept);
    },

    async open(state) {
      await rm(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
      await rm(report, { force: true });
      // The person's own settings, such as a pin.
      await rm(join(computer.profile, "AppData", "Roaming", ID), { recursive: true, force: true });
      await mkdir(dirname(data), { recursive: true });
      if (state !== undefined) await cp(join(states, state), data, { recursive: true, preserveTimestamps: true });
      return {
        data,
        placed: sandbox.placed,
        settings: join(computer.profile, "AppData", "Roaming", ID, "installer.json"),
        report: { here: report, there: String.raw`C:\report.txt` },
        preload: String.raw`C:\\preload.cjs`,
        says: (version) => lines(version),
        keep: async (name) => await cp(data, join(states, name), { recursive: true, preserveTimestamps: true }),

        async launch(args, { env = {}, from } = {}) {
          return await sandbox.launch(args, { env, launcher: from === "place" ? sandbox.placed : kept });
        },

        // What was left behind the program is done before the folder goes.
        [Symbol.asyncDispose]: async () => await computer.settle(),
      };
    },

    [Symbol.asyncDispose]: async () => await sandbox[Symbol.asyncDispose](),
  };
}

export async function readReport(computer: Computer): Promise<string[]> {
  const text = await readFile(computer.report.here, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
