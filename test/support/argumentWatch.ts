import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { temporaryDirectory } from "./temporary.ts";

/** Sees with what arguments programs are started. */
export interface ArgumentWatch extends AsyncDisposable {
  /** Begins with programs that write down their arguments and what they read. */
  readonly path: string;
  /** Looks at all processes of this home folder, as anybody on this computer may. */
  look(home: string): void;
  /** The arguments of all that was started or seen. */
  seen(): string;
  /** What these programs got on standard input. */
  read(): string;
}

// What a launcher asks for on a desktop, and what might be asked for a download.
const WATCHED = ["zenity", "xdg-open", "xdg-mime", "update-desktop-database", "curl", "wget", "notify-send"];

/** @param answers what a program prints, besides those that print nothing. */
export async function openArgumentWatch(answers: Readonly<Record<string, string>>): Promise<ArgumentWatch> {
  const directory = await temporaryDirectory();
  const bin = join(directory.path, "bin");
  const [args, input] = [join(directory.path, "arguments"), join(directory.path, "input")];
  await mkdir(bin);
  const printed = { ...Object.fromEntries(WATCHED.map((name) => [name, ""])), ...answers };
  for (const [name, answer] of Object.entries(printed)) {
    await writeFile(join(directory.path, `${name}.answer`), answer);
    const script = `printf '%s\\n' "$0" "$@" >> '${args}'\ncat >> '${input}'\ncat '${directory.path}/${name}.answer'\n`;
    await writeFile(join(bin, name), `#!/bin/sh\n${script}`, { mode: 0o755 });
  }
  const lines = new Set<string>();
  const contentOf = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  return {
    path: `${bin}${delimiter}${process.env["PATH"]}`,
    look(home) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        // One that has ended meanwhile has nothing to read any more.
        const [environ, cmdline] = [contentOfProcess(pid, "environ"), contentOfProcess(pid, "cmdline")];
        if (environ.split("\0").includes(`HOME=${home}`)) lines.add(cmdline.replaceAll("\0", " "));
      }
    },
    seen: () => `${[...lines].join("\n")}\n${contentOf(args)}`,
    read: () => contentOf(input),
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
}

function contentOfProcess(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    return "";
  }
}
