import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** The computer in a line, as a table of figures is worth nothing without it. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1e9)} GB of memory`;
  return [`${cpus().length} × ${cpu?.model.trim() ?? "unknown"}`, memory, `${systemName()} ${release()}`].join(", ");
}

/** The same, and what was done on it. */
export function describeBench(rounds: number): string {
  return `${describeMachine()}, Node ${process.version}, ${rounds} rounds`;
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}
