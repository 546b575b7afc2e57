import { accessSync, closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { readElf } from "./elf.ts";
import { type ExecveHandle, findExecve } from "./execve.ts";

// This file is on the launch path.

/** The parts of Node's process that turning into another program takes. */
export interface ProcessHandle extends ExecveHandle {
  readonly platform: string;
  readonly arch: string;
  readonly env: NodeJS.ProcessEnv;
  on(event: "SIGPIPE", listener: () => void): unknown;
  removeAllListeners(event: "SIGPIPE"): unknown;
}

export interface Program {
  readonly executable: string;
  /** Bytes that it must have, where that is known: a file that was cut short crashes in the person's face. */
  readonly size?: number | undefined;
}

/**
 * Replaces this process by the program: same process id, same terminal, nothing left behind.
 *
 * @returns only when the program cannot be started this way; the caller then starts it as a child, or repairs.
 */
export function becomeProgram(program: Program, args: readonly string[], handle: ProcessHandle): void {
  const { executable } = program;
  if (handle.platform === "win32" || handle.execve === undefined || !isStartable(program, handle)) return;
  // Node ignores SIGPIPE and an ignored signal stays ignored across execve: `program | head` would never end.
  // libuv puts the default back when the last listener goes.
  handle.on("SIGPIPE", () => undefined);
  handle.removeAllListeners("SIGPIPE");
  findExecve(handle)?.(executable, [executable, ...args], handle.env);
}

const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const MACH_O: ReadonlySet<number> = new Set([0xcffaedfe, 0xcefaedfe, 0xcafebabe, 0xcafebabf]);

/**
 * Node aborts with a core dump when execve fails, so only what surely starts is handed to it: an executable file in
 * the system's own format, for this processor, whose loader is there. A script may name an interpreter that is gone, a
 * home folder may be shared with other computers, and a damaged file must be repaired instead.
 */
export function isStartable({ executable, size }: Program, handle: Pick<ProcessHandle, "platform" | "arch">): boolean {
  let file: number | undefined;
  try {
    // Refused where programs may not be started at all (noexec) as well.
    accessSync(executable, constants.X_OK);
    file = openSync(executable, "r");
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size !== (size ?? stat.size)) return false;
    switch (handle.platform) {
      case "darwin":
        return isMachO(file);
      case "win32":
        return isWindowsProgram(file);
      default:
        return isOwnElf(file, handle.arch);
    }
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function isOwnElf(file: number, arch: string): boolean {
  const elf = readElf(file);
  if (elf === undefined || elf.machine !== MACHINES[arch]) return false;
  return elf.loader === undefined || existsSync(elf.loader);
}

function isMachO(file: number): boolean {
  const head = Buffer.alloc(4);
  return readSync(file, head, 0, 4, 0) === 4 && MACH_O.has(head.readUInt32BE(0));
}

function isWindowsProgram(file: number): boolean {
  const head = Buffer.alloc(2);
  return readSync(file, head, 0, 2, 0) === 2 && head.toString("latin1") === "MZ";
}
