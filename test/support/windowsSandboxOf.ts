import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import type { Run, RunOptions } from "./run.ts";
import { expectSuccess, type Sandbox } from "./sandboxWith.ts";
import { hasWine, openWindowsComputer, type WindowsComputer } from "./wine.ts";
import { buildWindowsProgram, hasWindowsCompiler } from "./windowsProgram.ts";

const ID = "com.example.app";

/** A publisher's computer, a registry, and a person's Windows computer. */
export interface WindowsSandbox extends AsyncDisposable {
  readonly publisher: Sandbox;
  readonly computer: WindowsComputer;
  /** The file that the person has downloaded. */
  readonly downloaded: string;
  /** The program's data directory, as a path of this system. */
  readonly data: string;
  /** The launcher at its place. */
  readonly placed: string;
  publish(version: string, options?: { readonly windowed?: boolean }): Promise<void>;
  /** Builds the launcher with these settings besides id, name and repository. */
  build(settings?: Readonly<Record<string, unknown>>, args?: readonly string[]): Promise<void>;
  launch(args?: readonly string[], options?: RunOptions & { readonly launcher?: string }): Promise<Run>;
}

export function canRunWindows(): boolean {
  return hasWine() && hasWindowsCompiler();
}

/** Where the program's shortcut in the Start menu is, as a path of this system. */
export const startMenu = ({ computer }: WindowsSandbox): string =>
  join(computer.profile, "AppData", "Roaming", "Microsoft", "Windows", "Start Menu", "Programs", "Example App.lnk");

/** What the program prints: its version and its arguments, a line each. */
export function lines(...text: readonly string[]): string {
  return text.map((line) => `${line}\n`).join("");
}

/** @param publisher a sandbox, which is disposed with this one. */
export async function openWindowsSandboxOf(publisher: Sandbox): Promise<WindowsSandbox> {
  const computer = await openWindowsComputer();
  const downloaded = join(publisher.directory, "dist", "Example-App-windows-amd64.exe");
  const data = join(computer.profile, "AppData", "Local", ID, "Data");
  return {
    publisher,
    computer,
    downloaded,
    data,
    placed: join(data, "launcher", "Example-App.exe"),

    async publish(version, options = {}) {
      const program = buildWindowsProgram(join(publisher.directory, "programs"), { version, ...options });
      expectSuccess(
        await publisher.slipway(["push", `${publisher.repository}:${version}`, `windows/amd64=${program}`]),
      );
    },

    async build(settings = {}, args = []) {
      const installer = { id: ID, name: "Example App", repository: publisher.repository, ...settings };
      await writeFile(join(publisher.directory, "installer.json"), JSON.stringify(installer));
      expectSuccess(await publisher.slipway(["build", "--platform", "windows/amd64", ...args]));
    },

    async launch(args = [], { launcher = downloaded, ...options } = {}) {
      return await computer.run(launcher, args, options);
    },

    async [Symbol.asyncDispose]() {
      await computer[Symbol.asyncDispose]();
      await publisher[Symbol.asyncDispose]();
    },
  };
}
