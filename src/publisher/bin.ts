// What npm starts, under whatever Node the machine has. It must run on Node 20: no dependency, and only what that has.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../launch/runOnce.ts";
import { runProgram } from "../launch/runProgram.ts";
import { isMachine, NODE_PACKAGES } from "../packaging/nodePackages.ts";

const UNAVAILABLE = 69;

if (isNewEnough(process.versions.node)) {
  // Not a literal: it is a bundle of its own.
  const program = "./slipway.js";
  await import(program);
} else {
  await runUnderPinned();
}

/** Zstd with dictionaries came then: older ones accept them, and silently ignore them. */
function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 6) || (major === 22 && minor >= 19);
}

/** Runs the CLI under the Node that npm brought along, and ends as it ends. */
async function runUnderPinned(): Promise<void> {
  const node = findPinned();
  if (node === undefined) {
    process.stderr.write(
      `slipway needs Node 22.19, 24.6 or newer, and this is ${process.versions.node}.\n\n` +
        "Install a newer Node, or install slipway again without --omit=optional: it then brings one along.\n",
    );
    process.exitCode = UNAVAILABLE;
    return;
  }
  const program = join(dirname(fileURLToPath(import.meta.url)), "slipway.js");
  endAs(await runProgram(node, [program, ...process.argv.slice(2)], { handle: process }), node);
}

function findPinned(): string | undefined {
  const machine = `${process.platform}-${process.arch}`;
  if (!isMachine(machine)) return undefined;
  const { name, binary } = NODE_PACKAGES[machine];
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), binary);
    return existsSync(path) ? path : undefined;
  } catch {
    // Installed without optional dependencies.
    return undefined;
  }
}

function endAs(result: RunResult, node: string): void {
  switch (result.kind) {
    case "exited":
      process.exitCode = result.code;
      return;
    case "signaled":
      // Should the signal be ignored, the shell's number for it.
      process.exitCode = 128 + constants.signals[result.signal];
      process.kill(process.pid, result.signal);
      return;
    case "not-started":
      process.stderr.write(`slipway could not start ${node}: ${result.reason}\n`);
      process.exitCode = UNAVAILABLE;
  }
}
