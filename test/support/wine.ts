import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasProgram } from "./peer.ts";
import type { Run, RunOptions } from "./run.ts";
import { temporaryDirectory } from "./temporary.ts";
import { copyWinePrefix, WINE, wineWords } from "./winePrefix.ts";

/** A person's Windows computer, as far as wine is one. */
export interface WindowsComputer extends AsyncDisposable {
  /** `C:\` as a path of this system. */
  readonly drive: string;
  /** The person's folder. */
  readonly profile: string;
  /** Runs a program to its end. Input and output go by files: wine gives Node no pipes. */
  run(program: string, args?: readonly string[], options?: RunOptions): Promise<Run>;
  /** What `reg query` prints of a key and all below it, or undefined when there is none. */
  registry(key: string): Promise<string | undefined>;
  /** Ends what still runs, such as a program that its launcher has left behind, when it is done. */
  settle(): Promise<void>;
}

export function hasWine(): boolean {
  return hasProgram("wine");
}

/** A fresh computer. */
export async function openWindowsComputer(): Promise<WindowsComputer> {
  const temporary = await temporaryDirectory();
  const prefix = join(temporary.path, "wine");
  const drive = join(prefix, "drive_c");
  const home = join(temporary.path, "home");
  await mkdir(home);
  const base = {
    PATH: process.env["PATH"],
    HOME: home,
    WINEPREFIX: prefix,
    ...WINE,
  };
  let runs = 0;

  async function start(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
    runs += 1;
    const files = ["stdout", "stderr"].map((name) => join(temporary.path, `${runs}.${name}`));
    const streams = files.map((file) => openSync(file, "w"));
    const input = join(temporary.path, `${runs}.stdin`);
    writeFileSync(input, options.input ?? "");
    streams.unshift(openSync(input, "r"));
    try {
      const ended = await new Promise<Pick<Run, "exitCode" | "signal">>((resolve, reject) => {
        const child = spawn(...wineWords(command, args), {
          cwd: options.cwd ?? temporary.path,
          env: { ...base, ...options.env },
          stdio: streams,
        });
        child.once("error", reject);
        child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
      });
      const [stdout = "", stderr = ""] = await Promise.all(files.map(async (file) => await readFile(file, "utf8")));
      return { ...ended, stdout, stderr };
    } finally {
      for (const stream of streams) closeSync(stream);
    }
  }

  await copyWinePrefix(prefix, home);
  const user = (await start("wine", ["cmd", "/c", "echo %USERNAME%"])).stdout.trim();

  return {
    drive,
    profile: join(drive, "users", user),
    run: async (program, args = [], options = {}) => await start("wine", [program, ...args], options),

    async registry(key) {
      const { exitCode, stdout } = await start("wine", ["reg", "query", key, "/s"]);
      return exitCode === 0 ? stdout : undefined;
    },

    async settle() {
      await start("wineserver", ["-w"]);
    },

    async [Symbol.asyncDispose]() {
      await start("wineserver", ["-k"]);
      await start("wineserver", ["-w"]);
      await temporary[Symbol.asyncDispose]();
    },
  };
}
