// What a start of the Windows launcher costs under wine, where ratios are all that counts: beside an empty executable,
// and beside one that starts the program as a child and does nothing else, which is the least that a launcher in this
// runtime can take where no process is replaced. Run with `npm run bench:launch-wine -- [ROUNDS]`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTarget } from "../src/packaging/targets.ts";
import { openWindowsComputer, type WindowsComputer } from "../test/support/wine.ts";
import { prepareWinePrefix } from "../test/support/winePrefix.ts";
import { buildWindowsProgram } from "../test/support/windowsProgram.ts";
import { describeBench } from "./harness/machine.ts";
import { openPublisher, type Publisher } from "./harness/publisher.ts";
import { printTable, summarize, timesOf } from "./harness/table.ts";

const ROUNDS = Number(process.argv[2] ?? 15);

const STARTER = `
const child = require("node:child_process").spawn(process.argv[2], { stdio: "inherit" });
child.once("exit", (code) => process.exit(code));
`;

const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
try {
  const program = buildWindowsProgram(work, { version: "1.0.0" });
  const publisher = await openPublisher(findTarget({ os: "windows", architecture: "amd64" }), program);
  try {
    await prepareWinePrefix();
    const computer = await openWindowsComputer();
    try {
      await bench(publisher, computer, program);
    } finally {
      await computer[Symbol.asyncDispose]();
    }
  } finally {
    await publisher[Symbol.asyncDispose]();
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bench(publisher: Publisher, computer: WindowsComputer, program: string): Promise<void> {
  const candidates: readonly (readonly [name: string, executable: string, ...args: string[]])[] = [
    ["the program itself", program],
    ["an empty executable of the same runtime", await publisher.empty()],
    ["one that starts the program as a child", await publisher.bare("starter", STARTER), onDrive(program)],
    ["our launcher, no check due", publisher.launcher("daily", { update: { checkEvery: "1d" } })],
  ];
  const times = candidates.map((): number[] => []);
  // Two that do not count: the first installs, and the second finds it confirmed.
  for (let round = -2; round < ROUNDS; round += 1) {
    for (let position = 0; position < candidates.length; position += 1) {
      const index = (position + round + candidates.length) % candidates.length;
      const before = performance.now();
      const [name, executable, ...args] = candidates[index]!;
      const { exitCode, stderr } = await computer.run(executable, args);
      if (exitCode !== 0) throw new Error(`${name} failed: ${stderr}`);
      if (round >= 0) times[index]!.push(performance.now() - before);
    }
  }
  const [, empty, starter] = times.map(summarize);
  console.log(`${describeBench(ROUNDS)}, wine\n`);
  const rows = candidates.map(([name], index) => {
    const figures = summarize(times[index]!);
    const { least, median } = figures;
    return [name, least.toFixed(0), median.toFixed(0), timesOf(figures, empty!), timesOf(figures, starter!)];
  });
  printTable(["start of", "min ms", "median ms", "times the empty one", "times the one with a child"], rows);
}

/** Wine has this system's files on a drive of their own. */
function onDrive(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}
