// What a start of the Windows launcher costs beside an empty executable, under wine: the ratio is all that counts. Run
// with `npm run bench:launch-wine -- [ROUNDS]`; the tests have to have made wine's prefix before.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTarget } from "../src/packaging/targets.ts";
import { openWindowsComputer, type WindowsComputer } from "../test/support/wine.ts";
import { prepareWinePrefix } from "../test/support/winePrefix.ts";
import { buildWindowsProgram } from "../test/support/windowsProgram.ts";
import { describeBench, openPublisher, type Publisher, summarize } from "./launchers.ts";

const ROUNDS = Number(process.argv[2] ?? 15);

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
  const candidates = [
    ["the program itself", program],
    ["an empty executable of the same runtime", await publisher.empty()],
    ["our launcher, no check due", publisher.launcher("daily", { update: { checkEvery: "1d" } })],
  ] as const;
  const times = candidates.map((): number[] => []);
  // Two that do not count: the first installs, and the second finds it confirmed.
  for (let round = -2; round < ROUNDS; round += 1) {
    for (let position = 0; position < candidates.length; position += 1) {
      const index = (position + round + candidates.length) % candidates.length;
      const before = performance.now();
      const { exitCode, stderr } = await computer.run(candidates[index]![1]);
      if (exitCode !== 0) throw new Error(`${candidates[index]![0]} failed: ${stderr}`);
      if (round >= 0) times[index]!.push(performance.now() - before);
    }
  }
  const [, base] = times.map(summarize);
  console.log(`${describeBench(ROUNDS)}, wine\n`);
  console.log("| start of | min ms | median ms | times the empty one (min, median) |\n|---|---|---|---|");
  for (const [index, [name]] of candidates.entries()) {
    const { least, median } = summarize(times[index]!);
    const ratios = `${(least / base!.least).toFixed(2)}, ${(median / base!.median).toFixed(2)}`;
    console.log(`| ${name} | ${least.toFixed(0)} | ${median.toFixed(0)} | ${ratios} |`);
  }
}
