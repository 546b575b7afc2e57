import { readFileSync } from "node:fs";
import { type Profiler, Session } from "node:inspector";
import { fileURLToPath } from "node:url";

/** What of the programs' own code has run, as V8 counts it. */
export interface Coverage {
  /** Functions that ran, the characters of code in them, and how many of these ran. */
  measure(): { readonly functions: number; readonly all: number; readonly ran: number };
  /** Whether something ran since this was asked before that is not known yet; it is known then, if that is wanted. */
  take(options: { readonly learn: boolean }): boolean;
}

/** @param url of the bundle that is looked at: of it what comes from `src/`, and not the fuzzer itself. */
export function startCoverage(url: string): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const isOwn = ownPartsOf(readFileSync(fileURLToPath(url), "utf8"));
  /** For each function where it begins, and which of its characters ran. */
  const known = new Map<string, Uint8Array>();
  /** Answers that have been looked at: nearly all come again. */
  const seen = new Set<string>();

  return {
    measure() {
      const all = [...known.values()];
      const ran = all.reduce((sum, characters) => sum + characters.reduce((count, one) => count + one, 0), 0);
      return { functions: all.length, all: all.reduce((sum, { length }) => sum + length, 0), ran };
    },
    take({ learn }) {
      let functions: readonly Profiler.FunctionCoverage[] = [];
      // A session with its own thread answers at once; counters begin anew with each answer.
      session.post("Profiler.takePreciseCoverage", (error, { result }) => {
        if (error !== null) throw error;
        functions = result.find((script) => script.url === url)?.functions ?? [];
      });
      const fresh = functions.filter(
        ({ ranges: [whole] }) => whole !== undefined && whole.count > 0 && isOwn(whole.startOffset),
      );
      return fresh.map(({ ranges }) => add(ranges, learn)).includes(true);
    },
  };

  /** Ranges say nothing by themselves: V8 joins those that ran as often as what is around them. */
  function add(ranges: readonly Profiler.CoverageRange[], learn: boolean): boolean {
    const [{ startOffset: start, endOffset: end } = { startOffset: 0, endOffset: 0 }] = ranges;
    const answer = ranges.map(({ startOffset, count }) => `${startOffset}${count > 0 ? "+" : "-"}`).join("");
    const signature = `${end}:${answer}`;
    if (seen.has(signature)) return false;
    if (learn) seen.add(signature);
    const ran = new Uint8Array(end - start);
    // The outer ones come first.
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(Number(count > 0), startOffset - start, endOffset - start);
    const key = `${start}-${end}`;
    const before = known.get(key);
    if (before === undefined) {
      if (learn) known.set(key, ran);
      return true;
    }
    const grew = ran.some((one, at) => one > (before[at] ?? 0));
    if (grew && learn) for (const [at, one] of ran.entries()) before[at] = (before[at] ?? 0) | one;
    return grew;
  }
}

/** esbuild names each file before what it has of it. */
function ownPartsOf(bundle: string): (offset: number) => boolean {
  const parts = [...bundle.matchAll(/^\/\/ ([\w.]+)\/.*\.ts$/gm)].map(({ index, 1: folder }) => ({
    index,
    own: folder === "src",
  }));
  return (offset) => parts.findLast(({ index }) => index <= offset)?.own ?? false;
}
