import { closeSync, fstatSync, openSync, readSync } from "node:fs";

// This file is on the launch path.

/** The parts of Node's process that turning into another program takes. */
export interface ProcessHandle {
  readonly platform: string;
  readonly execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => void;
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
  if (handle.platform === "win32" || handle.execve === undefined || !canExecve(program)) return;
  // Node ignores SIGPIPE and an ignored signal stays ignored across execve: `program | head` would never end.
  // libuv puts the default back when the last listener goes.
  handle.on("SIGPIPE", () => undefined);
  handle.removeAllListeners("SIGPIPE");
  handle.execve(executable, [executable, ...args], handle.env);
}

const ELF = 0x7f454c46;
const MACH_O: ReadonlySet<number> = new Set([0xcffaedfe, 0xcefaedfe, 0xcafebabe, 0xcafebabf]);

/**
 * Node aborts with a core dump when execve fails, so only what surely starts is handed to it: an executable file in
 * a native format. A script may name an interpreter that is gone, and a damaged file must be repaired instead.
 */
function canExecve({ executable, size }: Program): boolean {
  let file: number | undefined;
  try {
    file = openSync(executable, "r");
    const stat = fstatSync(file);
    if (!stat.isFile() || (stat.mode & 0o111) === 0 || stat.size !== (size ?? stat.size)) return false;
    const head = Buffer.alloc(4);
    if (readSync(file, head, 0, 4, 0) < 4) return false;
    const magic = head.readUInt32BE(0);
    return magic === ELF || MACH_O.has(magic);
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
