// What the first start after a while costs, when nothing of it is in memory any more: run with `npm run
// bench:launch-cold -- [ROUNDS]`. Before each start the system is told that nobody needs the pages of these files.
import { join } from "node:path";
import { hostTarget } from "../src/packaging/targets.ts";
import { describeBench } from "./harness/machine.ts";
import { makeHome, openPublisher } from "./harness/publisher.ts";
import { type Candidate, quote, timeStarts } from "./harness/startTimes.ts";
import { printTable, summarize, timesOf } from "./harness/table.ts";

const ROUNDS = Number(process.argv[2] ?? 20);

const publisher = await openPublisher(hostTarget(process.platform, process.arch), "/bin/true");
try {
  await bench();
} finally {
  await publisher[Symbol.asyncDispose]();
}

async function bench(): Promise<void> {
  const home = makeHome(publisher, "daily");
  const launcher = publisher.launcher("daily", { update: { checkEvery: "1d" } });
  const candidates: Candidate[] = [
    { name: "an empty executable of the same runtime", words: [await publisher.empty()], home },
    { name: "our launcher, no check due", words: [launcher], home },
    { name: "the program itself", words: [join(publisher.work, "program")], home },
  ];
  timeStarts(candidates, 2);
  const files = [...candidates.map(({ words }) => quote(words[0]!)), `$(find ${quote(home)} -type f)`];
  // What was just written has to be on the disk first. Without `count` dd would read it all.
  const forget = `sync; for file in ${files.join(" ")}; do dd if="$file" iflag=nocache count=0 2>/dev/null; done`;
  const times = timeStarts(candidates, ROUNDS, forget).map(summarize);
  console.log(`${describeBench(ROUNDS)}, files out of memory before each\n`);
  const rows = candidates.map(({ name }, index) => {
    const figures = times[index]!;
    return [name, figures.least.toFixed(0), figures.median.toFixed(0), timesOf(figures, times[0]!)];
  });
  printTable(["first start of", "min ms", "median ms", "times the empty one (min, median)"], rows);
}
