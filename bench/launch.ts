// What a start costs: run with `npm run bench:launch`. Every round starts each candidate once, in another order, so
// that a busy machine is busy for all of them; compare the minimums and the ratios.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeGenericLauncher } from "../src/packaging/generic.ts";
import { emptyPlaceholder } from "../src/packaging/stamp.ts";
import { hostTarget, NODE_VERSION } from "../src/packaging/targets.ts";

const ROUNDS = Number(process.argv[2] ?? 40);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const cli = join(root, "dist", "slipway.js");
const cache = join(root, "node_modules", ".cache", "slipway");
const target = hostTarget(process.platform, process.arch);
const platform = `${target.platform.os}/${target.platform.architecture}`;

interface Candidate {
  readonly name: string;
  readonly command: string;
  readonly home: string;
}

const registry = spawn(process.execPath, [cli, "registry", "--port", "0", "--json"], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  await bench();
} finally {
  registry.kill();
  rmSync(work, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const address = await addressOf();
  const program = join(work, "program");
  copyFileSync("/bin/true", program);
  slipway("push", `${address}/bench/program:1.0.0`, `${platform}=${program}`);
  const candidates: Candidate[] = [
    candidate("the program itself", program),
    candidate("an empty executable of the same runtime", await emptyExecutable()),
    candidate("our launcher, no check due", launcher("pinned", address, { version: "1.0.0" }), "pinned"),
    candidate("our launcher, with a check at a local registry", launcher("checking", address, {}), "checking"),
  ];
  // Twice: the first installs, and the second finds it confirmed.
  timeStarts(candidates, 2);
  report(candidates, timeStarts(candidates, ROUNDS));
}

function candidate(name: string, command: string, home = "none"): Candidate {
  const directory = join(work, "home", home);
  mkdirSync(directory, { recursive: true });
  return { name, command, home: directory };
}

async function emptyExecutable(): Promise<string> {
  const bundle = join(work, "empty.cjs");
  writeFileSync(bundle, `const text = String.raw\`${emptyPlaceholder()}\`;\n`);
  return await makeGenericLauncher(target, {
    bundle,
    cacheDirectory: cache,
    resolveFrom: cli,
    nodeExecutable: process.execPath,
    platform: process.platform,
    arch: process.arch,
    env: process.env,
  });
}

function launcher(name: string, address: string, settings: Readonly<Record<string, unknown>>): string {
  const config = join(work, `${name}.json`);
  writeFileSync(
    config,
    JSON.stringify({ id: `com.example.${name}`, name, repository: `${address}/bench/program`, ...settings }),
  );
  const { launchers } = JSON.parse(
    slipway("build", "--platform", "host", "--config", config, "--out", work, "--json"),
  ) as {
    launchers: { path: string }[];
  };
  return launchers[0]!.path;
}

function slipway(...args: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args], {
    encoding: "utf8",
    env: { ...process.env, SLIPWAY_CACHE: cache },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`slipway ${args.join(" ")} failed`);
  return stdout;
}

/**
 * Milliseconds of each start, for each candidate. Bash starts them: it takes 1 ms to do so, and Node eight, which would
 * flatter every ratio.
 */
function timeStarts(candidates: readonly Candidate[], rounds: number): number[][] {
  const script = `
for ((round = 0; round < ${rounds}; round++)); do for ((position = 0; position < ${candidates.length}; position++)); do
  n=$(( (position + round) % ${candidates.length} )); command=commands[n]; home=homes[n]
  before=\${EPOCHREALTIME/[.,]/}
  HOME="\${!home}" "\${!command}" </dev/null >/dev/null || exit 1
  echo "$n $(( \${EPOCHREALTIME/[.,]/} - before ))"
done; done`;
  const arrays = (["command", "home"] as const).map(
    (field) => `${field}s=(${candidates.map((entry) => `'${entry[field]}'`).join(" ")})`,
  );
  const { status, stdout } = spawnSync("bash", ["-c", `${arrays.join("\n")}\n${script}`], {
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

async function addressOf(): Promise<string> {
  let text = "";
  for await (const chunk of registry.stdout) {
    text += String(chunk);
    if (text.trimEnd().endsWith("}")) return (JSON.parse(text) as { address: string }).address;
  }
  throw new Error("the registry did not start");
}

function report(candidates: readonly Candidate[], times: readonly number[][]): void {
  const [cpu] = cpus();
  console.log(
    `${cpus().length} × ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 1e9)} GB, ${process.platform} ${release()}, Node ${NODE_VERSION}, ${ROUNDS} rounds\n`,
  );
  console.log("| start of | min ms | median ms | min, times the empty one |\n|---|---|---|---|");
  const base = Math.min(...times[1]!);
  for (const [index, { name }] of candidates.entries()) {
    const sorted = times[index]!.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)]!;
    console.log(`| ${name} | ${sorted[0]!.toFixed(1)} | ${median.toFixed(1)} | ${(sorted[0]! / base).toFixed(2)} |`);
  }
}
