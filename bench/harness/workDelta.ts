// What bench/deltas.ts starts, so that memory and warming up are counted as a person has them: `--make OLD NEW DELTA`, or
// `--apply OLD DELTA SIZE NEW`, which prints its figures.
import { readFileSync, writeFileSync } from "node:fs";
import { applyDelta } from "../../src/delta/applyDelta.ts";
import { makeDelta } from "../../src/delta/make/makeDelta.ts";

export interface Figures {
  readonly seconds: number;
  /** MB at most. */
  readonly peak: number;
}

const [mode, before = "", ...rest] = process.argv.slice(2);
if (mode === "--make") make(rest);
else await apply(rest);

function make([after = "", delta = ""]: readonly string[]): void {
  writeFileSync(delta, makeDelta(readFileSync(before), readFileSync(after)));
}

async function apply([delta = "", size = "", made = ""]: readonly string[]): Promise<void> {
  const [old, patch] = [readFileSync(before), readFileSync(delta)];
  const started = performance.now();
  const chunks: Uint8Array[] = [];
  for await (const chunk of applyDelta(old, patch, { size: Number(size) })) chunks.push(chunk);
  const seconds = (performance.now() - started) / 1000;
  const figures: Figures = { seconds, peak: Math.round(process.resourceUsage().maxRSS / 1000) };
  writeFileSync(made, Buffer.concat(chunks));
  console.log(JSON.stringify(figures));
}
