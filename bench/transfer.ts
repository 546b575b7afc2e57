// Push and pull beside other tools: run with `npm run bench:transfer`. Each round lets every tool do the same to the
// same docker-registry on loopback, in another order, so that a busy machine is busy for all of them; compare the
// minimums and the ratios. What is not installed (skopeo, oras, curl) is left out and named.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, release, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROUNDS = Number(process.argv[2] ?? 5);
const MB = 1_000_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "dist", "slipway.js");
const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const tools = new Set(
  ["skopeo", "oras", "curl"].filter((name) => {
    const found = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
    if (!found) console.log(`${name} is not installed: left out`);
    return found;
  }),
);

interface Job {
  readonly tool: string;
  /** Shell commands; the time of all of them together counts. */
  readonly script: string;
}

interface Load {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

const LOADS: readonly Load[] = [
  { name: "1 × 500 MB", count: 1, bytes: 500 * MB },
  { name: "500 × 1 MB", count: 500, bytes: MB },
];

const registry = await startRegistry();
try {
  const [cpu] = cpus();
  console.log(
    `${cpus().length} × ${cpu?.model ?? "unknown"}, ${process.platform} ${release()}, Node ${process.version}, ${ROUNDS} rounds\n`,
  );
  console.log("| job | tool | min s | median s | peak MB | times the fastest other |\n|---|---|---|---|---|---|");
  for (const load of LOADS) await bench(load);
} finally {
  registry.stop();
  rmSync(work, { recursive: true, force: true });
}

async function bench(load: Load): Promise<void> {
  const id = load.count === 1 ? "large" : "many";
  const files = makeFiles(load, id);
  const repository = `${registry.address}/bench/${id}`;
  run(`slipway push ${repository}:given ${files.join(" ")}`, join(work, id));
  // skopeo pushes what lies in a layout.
  run(`slipway copy ${repository}:given oci:${join(work, `${id}-layout`)}:given`, work);
  report(`push ${load.name}`, await time(pushJobs(id, files)));
  report(`push a layout of ${load.name}`, await time(layoutJobs(id)));
  report(`pull ${load.name}`, await time(pullJobs(id, files)));
}

/** Each into a registry of its own that is empty: skopeo remembers where a blob was, and would mount it. */
function pushJobs(id: string, files: readonly string[]): Job[] {
  const target = "$REGISTRY/bench/app";
  const list = files.join(" ");
  const jobs: Job[] = [
    { tool: "slipway", script: `cd ${work}/${id} && slipway push ${target}:1 ${list}` },
    { tool: "oras", script: `cd ${work}/${id} && oras push --no-tty --plain-http ${target}:1 ${list}` },
    {
      tool: "curl",
      script: `cd ${work}/${id} && for file in ${list}; do
  digest=$(sha256sum $file | cut -d' ' -f1)
  location=$(curl -fsS -X POST -o /dev/null -D - http://$REGISTRY/v2/bench/app/blobs/uploads/ | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
  curl -fsS -X PUT -T $file -H 'content-type: application/octet-stream' "$location&digest=sha256:$digest"
done`,
    },
  ];
  return jobs.filter(({ tool }) => tool === "slipway" || tools.has(tool));
}

/** What skopeo pushes lies in a layout: its digests are known, and nobody has to hash it first. */
function layoutJobs(id: string): Job[] {
  const [source, target] = [`oci:${work}/${id}-layout:given`, "$REGISTRY/bench/app:1"];
  const jobs: Job[] = [
    { tool: "slipway", script: `slipway copy ${source} ${target}` },
    { tool: "skopeo", script: `skopeo copy -q --dest-tls-verify=false ${source} docker://${target}` },
  ];
  return jobs.filter(({ tool }) => tool === "slipway" || tools.has(tool));
}

function pullJobs(id: string, files: readonly string[]): Job[] {
  const source = `${registry.address}/bench/${id}`;
  const out = `${work}/out`;
  const sums = join(work, `${id}.sums`);
  const config = join(work, `${id}.curl`);
  const digests = files.map((file) =>
    createHash("sha256")
      .update(readFileSync(join(work, id, file)))
      .digest("hex"),
  );
  writeFileSync(sums, files.map((file, index) => `${digests[index]}  ${file}\n`).join(""));
  writeFileSync(
    config,
    files
      .map(
        (file, index) =>
          `url = "http://${registry.address}/v2/bench/${id}/blobs/sha256:${digests[index]}"\noutput = "${file}"\n`,
      )
      .join(""),
  );
  const jobs: Job[] = [
    { tool: "slipway", script: `slipway pull ${source}:given -o ${out}` },
    { tool: "oras", script: `oras pull --no-tty --plain-http ${source}:given -o ${out}` },
    { tool: "skopeo", script: `skopeo copy -q --src-tls-verify=false docker://${source}:given oci:${out}:given` },
    {
      tool: "curl",
      script: `mkdir ${out} && cd ${out} && curl -fsS --parallel --parallel-max 4 -K ${config} && sha256sum --quiet -c ${sums}`,
    },
  ];
  return jobs.filter(({ tool }) => tool === "slipway" || tools.has(tool));
}

interface Times {
  readonly tool: string;
  readonly seconds: readonly number[];
  /** Bytes of memory of the largest process. */
  readonly peak: number;
}

async function time(jobs: readonly Job[]): Promise<Times[]> {
  const times = jobs.map(({ tool }) => ({ tool, seconds: [] as number[], peak: 0 }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let position = 0; position < jobs.length; position += 1) {
      const index = (position + round) % jobs.length;
      const { script } = jobs[index]!;
      rmSync(join(work, "out"), { recursive: true, force: true });
      const empty = script.includes("$REGISTRY") ? await startRegistry() : undefined;
      execFileSync("sync");
      const started = performance.now();
      const peak = run(script.replaceAll("$REGISTRY", empty?.address ?? ""), work);
      const entry = times[index]!;
      entry.seconds.push((performance.now() - started) / 1000);
      entry.peak = Math.max(entry.peak, peak);
      empty?.stop();
    }
  }
  return times;
}

/** @returns the peak memory of the largest process that the script started, in bytes. */
function run(script: string, cwd: string): number {
  const prelude = `slipway() { "${process.execPath}" "${cli}" "$@"; }; set -e; `;
  const measure = `${prelude}${script}\n`;
  const { status, stderr, stdout } = spawnSync(
    "python3",
    [
      "-c",
      "import resource,subprocess,sys; s=subprocess.run(['bash','-c',sys.argv[1]],stdout=sys.stderr).returncode; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss*1024); sys.exit(s)",
      measure,
    ],
    { encoding: "utf8", cwd },
  );
  if (status !== 0) throw new Error(`${script}\n${stderr}`);
  return Number(stdout.trim());
}

function report(job: string, times: readonly Times[]): void {
  const others = times.filter(({ tool }) => tool !== "slipway").map(({ seconds }) => Math.min(...seconds));
  const fastest = Math.min(...others);
  for (const { tool, seconds, peak } of times) {
    const sorted = seconds.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)]!;
    console.log(
      `| ${job} | ${tool} | ${sorted[0]!.toFixed(2)} | ${median.toFixed(2)} | ${Math.round(peak / MB)} | ${(sorted[0]! / fastest).toFixed(2)} |`,
    );
  }
}

function makeFiles({ count, bytes }: Load, id: string): string[] {
  const folder = join(work, id);
  mkdirSync(folder);
  return Array.from({ length: count }, (_, index) => {
    const name = `file-${String(index).padStart(3, "0")}`;
    const file = openSync(join(folder, name), "w");
    for (let written = 0; written < bytes; written += MB) writeSync(file, randomBytes(Math.min(MB, bytes - written)));
    closeSync(file);
    return name;
  });
}

async function startRegistry(): Promise<{ address: string; stop: () => void }> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
  const address = `127.0.0.1:${port}`;
  const data = join(work, `registry-${port}`);
  const config = `${data}.yml`;
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: data } },
      http: { addr: address, secret: "bench" },
    }),
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined);
    if (answer?.ok === true) return { address, stop: () => stop(child, data) };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("docker-registry did not start: apt-get install docker-registry");
}

function stop(child: ChildProcess, data: string): void {
  child.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
}
