import { spawnSync } from "node:child_process";

/** What is started, and for whom. */
export interface Candidate {
  readonly name: string;
  /** A program and its arguments. */
  readonly words: readonly string[];
  readonly home: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Milliseconds of each start, for each candidate. Every round starts each once, in another order, so that a busy machine
 * is busy for all of them. Bash starts them: it takes 1 ms to do so, and Node eight, which would flatter every ratio.
 *
 * @param before bash that comes before each start, and does not count; `$n` is the candidate's number.
 */
export function timeStarts(candidates: readonly Candidate[], rounds: number, before = ":"): number[][] {
  const script = `
start() { case $1 in
${candidates.map((candidate, index) => `${index}) ${formatStart(candidate)} ;;`).join("\n")}
esac; }
for ((round = 0; round < ${rounds}; round++)); do for ((position = 0; position < ${candidates.length}; position++)); do
  n=$(( (position + round) % ${candidates.length} ))
  ${before}
  before=\${EPOCHREALTIME/[.,]/}
  start $n </dev/null >/dev/null || { echo "candidate $n failed" >&2; exit 1; }
  echo "$n $(( \${EPOCHREALTIME/[.,]/} - before ))"
done; done`;
  const { status, stdout } = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    // Nothing else: a launcher would follow XDG_DATA_HOME and the like.
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("a candidate failed");
  const times = candidates.map((): number[] => []);
  for (const line of stdout.trim().split("\n")) {
    const [index, microseconds] = line.split(" ").map(Number);
    times[index!]!.push(microseconds! / 1000);
  }
  return times;
}

function formatStart({ words, home, cwd, env = {} }: Candidate): string {
  const variables = Object.entries({ HOME: home, ...env }).map(([name, value]) => `${name}=${quote(value)}`);
  return `cd ${quote(cwd ?? "/")}; ${variables.join(" ")} ${words.map(quote).join(" ")}`;
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
