import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { startDockerRegistry } from "../../test/support/dockerRegistry.ts";
import { medianOf, printTable, ratioTo } from "./table.ts";
import { CLI, PATH } from "./tools.ts";

export interface Job {
  readonly tool: string;
  /** Bash; all of it counts. `slipway` is a command in it, and `$REGISTRY` the address of an empty registry. */
  readonly script: string;
  /** Bash that comes before, and does not count. */
  readonly before?: string;
}

export interface Figures {
  readonly tool: string;
  /** Of each round. */
  readonly seconds: readonly number[];
  /** Bytes of memory of the largest process. */
  readonly peak: number;
  /** Bytes that came by loopback in the round with the fewest; nothing else should use it meanwhile. */
  readonly received: number;
}

/** Lets every tool do its job once a round, in another order each time: a busy machine is busy for all of them. */
export async function timeJobs(
  jobs: readonly Job[],
  { rounds, cwd }: { rounds: number; cwd: string },
): Promise<Figures[]> {
  const figures = jobs.map(({ tool }) => ({ tool, seconds: [] as number[], peak: 0, received: Infinity }));
  for (let round = 0; round < rounds; round += 1) {
    for (let position = 0; position < jobs.length; position += 1) {
      const index = (position + round) % jobs.length;
      const [job, entry] = [jobs[index]!, figures[index]!];
      if (job.before !== undefined) runScript(job.before, cwd);
      const empty = job.script.includes("$REGISTRY") ? await startDockerRegistry() : undefined;
      spawnSync("sync");
      const receivedBefore = receivedBytes();
      const { seconds, peak } = runScript(job.script.replaceAll("$REGISTRY", empty?.address ?? ""), cwd);
      await empty?.[Symbol.asyncDispose]();
      entry.seconds.push(seconds);
      entry.peak = Math.max(entry.peak, peak);
      entry.received = Math.min(entry.received, receivedBytes() - receivedBefore);
    }
  }
  return figures;
}

const MB = 1_000_000;

/**
 * A table of what each tool took for the job.
 *
 * @param options.through how many times the bytes went by on loopback.
 */
export function reportJobs(job: string, figures: readonly Figures[], { through = 1 } = {}): void {
  const others = figures.filter(({ tool }) => !tool.startsWith("slipway")).map(({ seconds }) => Math.min(...seconds));
  const rows = figures.map(({ tool, seconds, received, peak }) => [
    tool,
    Math.min(...seconds).toFixed(2),
    medianOf(seconds).toFixed(2),
    ratioTo(Math.min(...seconds), Math.min(...others)),
    (received / through / MB).toFixed(2),
    (peak / MB).toFixed(0),
  ]);
  printTable([job, "min s", "median s", "times the fastest other", "MB received", "peak MB"], rows);
}

// Python measures in its own process: the time that it takes to start is nobody's.
const MEASURE = `import resource, subprocess, sys, time
started = time.monotonic()
status = subprocess.run(["bash", "-c", sys.argv[1]], stdout=sys.stderr).returncode
seconds = time.monotonic() - started
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(status)`;

/** @returns seconds, and the peak memory of the largest process, in bytes. */
export function runScript(script: string, cwd: string): { seconds: number; peak: number } {
  const prelude = `slipway() { "${process.execPath}" "${CLI}" "$@"; }; set -e`;
  const { status, stderr, stdout } = spawnSync("python3", ["-c", MEASURE, `${prelude}\n${script}\n`], {
    encoding: "utf8",
    cwd,
    env: { ...process.env, PATH },
  });
  if (status !== 0) throw new Error(`${script}\n${stderr}`);
  const [seconds = Number.NaN, peak = Number.NaN] = stdout.trim().split(" ").map(Number);
  return { seconds, peak };
}

function receivedBytes(): number {
  return Number(readFileSync("/sys/class/net/lo/statistics/rx_bytes", "utf8"));
}
