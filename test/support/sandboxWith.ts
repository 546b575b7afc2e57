import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type FaultPlan, faultOn } from "../../src/server/registry/faults.ts";
import { openMemoryRegistry } from "../../src/server/registry/memory.ts";
import { type RegistryServerOptions, type RequestRecord, startRegistry } from "../../src/server/registry/server.ts";
import { backdate } from "./backdate.ts";
import { nativeProgram } from "./nativeProgram.ts";
import { type Run, run, type RunOptions } from "./run.ts";
import { temporaryDirectory } from "./temporary.ts";

const ID = "com.example.app";

export interface Sandbox extends AsyncDisposable {
  readonly directory: string;
  /** `HOST/NAME` on a registry of its own. */
  readonly repository: string;
  /** Requests that the registry has answered. */
  readonly requests: RequestRecord[];
  /** The program's data directory. */
  readonly data: string;
  /** The person's home folder. */
  readonly home: string;
  /** The compiled launcher, once it is built. */
  readonly launcher: string;
  /** What goes wrong at the registry from now on. */
  setFaults(plan: FaultPlan | undefined): void;
  /** Who is let in from now on; without it everybody is. */
  setGuard(guard: RegistryServerOptions["authenticate"]): void;
  /** Answers to these requests ("METHOD path") wait until the promise is kept. */
  hold(pattern: RegExp, until: Promise<void>): void;
  stopRegistry(): Promise<void>;
  slipway(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Builds the launcher, with these settings besides id, name and repository. */
  build(settings?: Readonly<Record<string, unknown>>): Promise<void>;
  launch(args?: readonly string[], options?: RunOptions & { readonly launcher?: string }): Promise<Run>;
  /** Starts the launcher as a file manager does: a display, no terminal, nobody at the other end. */
  open(options?: {
    readonly launcher?: string;
    readonly args?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
  }): Promise<number | null>;
  /** Publishes a shell script as a version for this platform. */
  publish(version: string, script: string, platform?: string, args?: readonly string[]): Promise<void>;
  /** Writes the person's own installer.json. */
  override(settings: unknown): Promise<void>;
}

/**
 * What a person starts: the launcher's file; or, from the second start on, the fast command, with programs that a script
 * of sh can start by itself.
 */
export type Way = "launcher" | "fast command";

/** What `npm run build` and the first tests have made. */
export interface BuiltPrograms {
  /** The CLI as npm starts it. */
  readonly cli: string;
  /** Where generic launchers are kept between runs. */
  readonly cache: string;
  readonly by?: Way | undefined;
}

/** A person's computer and a publisher's, with a registry in between: own home, own files, the built programs. */
export async function openSandboxWith({ cli, cache, by = "launcher" }: BuiltPrograms): Promise<Sandbox> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  const home = join(directory, "home");
  await mkdir(home);
  const requests: RequestRecord[] = [];
  let faults: FaultPlan | undefined;
  let guard: RegistryServerOptions["authenticate"];
  let held: Promise<void> | undefined;
  const registry = await startRegistry({
    storage: openMemoryRegistry(),
    faults: (request) => faults?.(request),
    authenticate: (request) => guard?.(request),
    onRequest: (record) => requests.push(record),
    // What the fault "latency" waits for.
    sleep: async (ms) => await (held ?? new Promise((resolve) => setTimeout(resolve, ms))),
  });
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    LC_ALL: "C.UTF-8",
    SLIPWAY_CACHE: cache,
  };
  const repository = `${registry.address}/example/app`;
  const launcher = join(directory, "dist", `app-linux-${process.arch === "arm64" ? "arm64" : "amd64"}`);
  const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

  const sandbox: Sandbox = {
    directory,
    repository,
    requests,
    launcher,
    home,
    data: join(home, ".local", "share", ID),
    setFaults: (plan) => (faults = plan),
    setGuard: (next) => (guard = next),
    hold(pattern, until) {
      held = until;
      faults = faultOn(pattern, { kind: "latency", ms: 0 });
    },
    stopRegistry: async () => await registry[Symbol.asyncDispose](),

    async slipway(args, options = {}) {
      return await run(process.execPath, [cli, ...args], {
        cwd: directory,
        ...options,
        env: { ...env, ...options.env },
      });
    },

    async build(settings = {}) {
      const desktop = by === "launcher" ? {} : { desktop: { fastCommand: true } };
      const installer = { id: ID, name: "app", repository, ...desktop, ...settings };
      await writeFile(join(directory, "installer.json"), JSON.stringify(installer));
      expectSuccess(await sandbox.slipway(["build", "--platform", "host"]));
    },

    async launch(args = [], options = {}) {
      const command = by === "launcher" ? undefined : fastCommand(sandbox);
      const done = await run(options.launcher ?? command ?? launcher, args, {
        cwd: directory,
        ...options,
        env: { ...env, ...options.env },
      });
      // As a person does who has seen that it runs.
      if (by !== "launcher" && command === undefined && existsSync(join(sandbox.data, "active.json")))
        expectSuccess(await run(launcher, ["--launcher", "install"], { env }));
      return done;
    },

    async open(options = {}) {
      return await new Promise((resolve, reject) => {
        // A display that nobody can open is enough of one, as long as no window is wanted.
        const child = spawn(options.launcher ?? launcher, options.args ?? [], {
          cwd: home,
          env: { ...env, DISPLAY: ":4095", ...options.env, HOME: home },
          stdio: "ignore",
        });
        child.once("error", reject);
        child.once("exit", resolve);
      });
    },

    async publish(version, script, forPlatform = platform, args = []) {
      const program = join(directory, "programs", version, "app");
      await mkdir(dirname(program), { recursive: true });
      const native = by === "launcher" ? undefined : nativeProgram(script);
      await writeFile(program, native ?? `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      expectSuccess(
        await sandbox.slipway([
          "push",
          `${repository}:${version}`,
          `${forPlatform}=${program}`,
          "--compression",
          "gzip",
          // Tests plant faults in what a launcher asks for, and count it.
          "--no-check",
          ...args,
        ]),
      );
    },

    async override(settings) {
      const path = join(home, ".config", ID, "installer.json");
      await mkdir(dirname(path), { recursive: true });
      if (settings === undefined) await rm(path, { force: true });
      else await writeFile(path, typeof settings === "string" ? settings : JSON.stringify(settings));
    },

    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
  return sandbox;
}

/** The command, once there is one, of a program that has been there for a while: file systems tell that by seconds. */
function fastCommand({ home, data }: Sandbox): string | undefined {
  const command = join(home, ".local", "bin", "app");
  if (!existsSync(command)) return undefined;
  backdate(data);
  return command;
}

export function expectSuccess({ exitCode, stdout, stderr }: Run): void {
  if (exitCode !== 0) throw new Error(`exit code ${String(exitCode)}\n${stdout}\n${stderr}`);
}
