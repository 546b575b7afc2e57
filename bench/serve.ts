// Downloads from the gateway beside nginx: run with `npm run bench:serve`. Both serve the same file to the same visitors
// on loopback, one after the other, in two rounds: a single reader, then hundreds of fast ones and as many slow ones.
// nginx (nginx-light) has the file on its disk; the gateway gets it from a registry first, and checks what it sends.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeBench } from "./harness/machine.ts";
import { printTable, ratioTo } from "./harness/table.ts";
import { CLI } from "./harness/tools.ts";

const MB = 1_000_000;
const SIZE = 90 * MB;
const ROUNDS = Number(process.argv[2] ?? 2);
const [FAST, SLOW] = [200, 200];
const LOAD_SECONDS = 15;
const ALONE_SECONDS = 4;
const TICKS_PER_SECOND = 100;
// The gateway's address for the one file; nginx has it under the same.
const NAME = "linux-amd64";

interface Server {
  readonly name: string;
  readonly port: number;
  /** All its processes. */
  pids(): number[];
}

interface Load {
  readonly got: number;
  readonly elapsed: number;
  readonly slowGot: number;
  readonly failures: readonly string[];
}

interface Result {
  readonly alone: number;
  readonly fast: number;
  readonly slow: number;
  /** Bytes: of all processes together. */
  readonly before: number;
  readonly during: number;
  readonly cpu: number;
}

const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const children: ChildProcess[] = [];
try {
  const root = join(work, "root");
  mkdirSync(root);
  const file = join(root, NAME);
  const bytes = randomBytes(SIZE);
  writeFileSync(file, bytes);
  const nginx = await startNginx(root);
  const gateway = await startGateway(file);
  const servers = nginx === undefined ? [gateway] : [nginx, gateway];
  const digest = createHash("sha256").update(bytes).digest("hex");
  for (const server of servers) await checkBytes(server, digest);

  const load = `${SIZE / MB} MB to ${FAST} fast readers and ${SLOW} of 64 KiB/s, ${LOAD_SECONDS} s`;
  console.log(`${describeBench(ROUNDS)}, the best of them: ${load}\n`);
  const results = new Map<string, Result>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const server of servers) {
      const result = await measure(server);
      const best = results.get(server.name);
      if (best === undefined || result.fast > best.fast) results.set(server.name, result);
    }
  }
  report(results);
} finally {
  // nginx takes its workers with it only when it is asked to end.
  for (const child of children) child.kill("SIGTERM");
  rmSync(work, { recursive: true, force: true });
}

async function measure(server: Server): Promise<Result> {
  const alone = await load(server, { fast: 1, slow: 0, seconds: ALONE_SECONDS });
  const before = peakOf(server);
  const cpu = cpuOf(server);
  const crowd = await load(server, { fast: FAST, slow: SLOW, seconds: LOAD_SECONDS });
  return {
    alone: alone.got / alone.elapsed,
    fast: crowd.got / crowd.elapsed,
    slow: crowd.slowGot / crowd.elapsed / SLOW,
    before,
    during: peakOf(server),
    cpu: cpuOf(server) - cpu,
  };
}

async function load(
  { name, port }: Server,
  { fast, slow, seconds }: { fast: number; slow: number; seconds: number },
): Promise<Load> {
  const script = join(import.meta.dirname, "harness", "serveLoad.ts");
  const child = start(process.execPath, [script, ...[port, NAME, SIZE, fast, slow, seconds].map(String)]);
  const result = JSON.parse(await lineOf(child)) as Load;
  if (result.failures.length > 0) throw new Error(`${name}: ${result.failures.join(", ")}`);
  return result;
}

function report(results: ReadonlyMap<string, Result>): void {
  const nginx = results.get("nginx");
  const rows = [...results].map(([name, { alone, fast, slow, before, during, cpu }]) => [
    name,
    (alone / 1e9).toFixed(2),
    ratioTo(alone, nginx?.alone),
    (fast / 1e9).toFixed(2),
    ratioTo(fast, nginx?.fast),
    (slow / 1024).toFixed(0),
    (before / MB).toFixed(0),
    (during / MB).toFixed(0),
    cpu.toFixed(1),
  ]);
  printTable(
    [
      "server",
      "alone, GB/s",
      "of nginx",
      "fast readers, GB/s",
      "of nginx",
      "slow readers, KiB/s each",
      "peak MB before",
      "peak MB during",
      "processor, s",
    ],
    rows,
  );
}

async function startNginx(root: string): Promise<Server | undefined> {
  const found = spawnSync("sh", ["-c", "PATH=$PATH:/usr/sbin; command -v nginx"], { encoding: "utf8" });
  if (found.status !== 0) {
    console.log("nginx is not installed: left out");
    return undefined;
  }
  const port = await freePort();
  const config = join(work, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${work}/${name};`,
  );
  // As Debian's own configuration has it: a process for each processor, sendfile and tcp_nopush.
  writeFileSync(
    config,
    `daemon off; ${process.getuid?.() === 0 ? "user root;" : ""} worker_processes auto; pid ${work}/nginx.pid;
     error_log ${work}/nginx.log; events { worker_connections 1024; }
     http { access_log off; sendfile on; tcp_nopush on; ${paths.join(" ")}
       server { listen 127.0.0.1:${port}; root ${root}; default_type application/octet-stream; } }`,
  );
  const child = start(found.stdout.trim(), ["-c", config, "-e", join(work, "nginx.log")]);
  await answering(port);
  const pid = child.pid ?? 0;
  return { name: "nginx", port, pids: () => [pid, ...childrenOf(pid)] };
}

/** As people run it, but for the limits: all readers have the same address here. */
async function startGateway(file: string): Promise<Server> {
  const registry = start(process.execPath, [
    CLI,
    "registry",
    "--port",
    "0",
    "--data",
    join(work, "registry"),
    "--json",
  ]);
  const { address } = JSON.parse(await lineOf(registry)) as { address: string };
  const repository = `${address}/bench/app`;
  const push = ["push", `${repository}:1.0.0`, `linux/amd64=${file}`, "--compression", "none", "--no-check"];
  const pushed = spawnSync(process.execPath, [CLI, ...push], { encoding: "utf8" });
  if (pushed.status !== 0) throw new Error(pushed.stderr);
  const limits = ["--rate", "1000000", "--max-downloads", "1000"];
  const places = ["--port", "0", "--cache", join(work, "kept"), "--json"];
  const child = start(process.execPath, [CLI, "serve", repository, ...places, ...limits], { quiet: true });
  const { port } = JSON.parse(await lineOf(child)) as { port: number };
  return { name: "slipway", port, pids: () => [child.pid ?? 0] };
}

async function checkBytes({ name, port }: Server, digest: string): Promise<void> {
  const hash = createHash("sha256");
  const answer = await fetch(`http://127.0.0.1:${port}/${NAME}`);
  for await (const chunk of answer.body ?? []) hash.update(chunk as Uint8Array);
  if (hash.digest("hex") !== digest) throw new Error(`${name} does not send the file`);
}

/** The most memory that its processes have had at a time, bytes. */
function peakOf(server: Server): number {
  const peaks = server.pids().map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  });
  return peaks.reduce((sum, peak) => sum + peak, 0);
}

/** Seconds. */
function cpuOf(server: Server): number {
  const ticks = server.pids().map((pid) => {
    // proc(5): utime and stime are the 14th and 15th; the second, a name in parentheses, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

function start(command: string, args: readonly string[], { quiet = false } = {}): ChildProcess {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", quiet ? "ignore" : "inherit"] });
  children.push(child);
  return child;
}

async function lineOf(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.endsWith("}\n")) return text;
  }
  throw new Error(`a process ended without a word: ${child.spawnargs.join(" ")}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/${NAME}`, { method: "HEAD" }).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nginx did not start");
}
