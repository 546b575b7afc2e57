// First installs, updates and checks beside what people use without a launcher: run with `npm run bench:updates`. All
// fetch the same program from the same docker-registry on loopback; what is not installed is left out and named.
// One update is timed once more on a line of 20 Mbit/s, where what travels is what counts.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDockerRegistry } from "../test/support/dockerRegistry.ts";
import { type Figures, type Job, reportJobs, runScript, timeJobs } from "./harness/jobs.ts";
import { startSlowLine } from "./harness/slowLine.ts";
import { describeBench } from "./harness/machine.ts";
import { npmFile } from "../test/support/npmFile.ts";
import { installed, slipway } from "./harness/tools.ts";

const ROUNDS = Number(process.argv[2] ?? 5);
// `small` leaves the large program out, whose deltas take minutes to make.
const WHICH = process.argv[3] ?? "all";
// Bytes a second: 20 Mbit/s.
const SLOW = 2_500_000;
const HOST = { x64: "linux/amd64", arm64: "linux/arm64" }[process.arch as "x64" | "arm64"];
const ESBUILD = `@esbuild/linux-${process.arch}`;
const OTHERS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-ia32", "linux-ppc64", "linux-s390x", "freebsd-x64"];

interface Program {
  readonly name: string;
  readonly id: string;
  /** Paths of two versions of it. */
  readonly versions: readonly [string, string];
}

const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const tools = installed(["oras", "skopeo", "curl"]);
const registry = await startDockerRegistry();
const line = await startSlowLine(registry.address, SLOW);
try {
  console.log(`${describeBench(ROUNDS)}\n`);
  for (const program of WHICH === "small" ? [esbuild()] : [esbuild(), large()]) {
    publish(program, registry.address);
    reportJobs(`first install, ${program.name}`, await time(installJobs(program, registry.address)));
    reportJobs(`update, ${program.name}`, await time(updateJobs(program, registry.address)));
  }
  reportJobs("update, 10 MB, at 20 Mbit/s", await time(updateJobs(esbuild(), line.address), 2), { through: 2 });
  reportJobs("check that there is nothing newer", await time(checkJobs(esbuild(), registry.address), ROUNDS * 4));
} finally {
  await line[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}

/** 10 MB: a Go program, and the next patch release of it. */
function esbuild(): Program {
  const [before, after] = [npmFile(`${ESBUILD}@0.25.0`, "bin/esbuild"), npmFile(`${ESBUILD}@0.25.1`, "bin/esbuild")];
  return { name: "10 MB", id: "small", versions: [before, after] };
}

/** 200 MB: a program that ends at once, and behind it what a large one brings along; of that, a half changes a little. */
function large(): Program {
  const make = (version: string): string => {
    const parts = [
      "/bin/true",
      process.execPath,
      ...OTHERS.map((name) => npmFile(`@esbuild/${name}@${version}`, "bin/esbuild")),
    ];
    const bytes = Buffer.concat(parts.map((path) => readFileSync(path)));
    const path = join(work, `large-${version}`);
    if (!existsSync(path)) writeFileSync(path, bytes, { mode: 0o755 });
    return path;
  };
  return { name: "200 MB", id: "large", versions: [make("0.25.0"), make("0.25.1")] };
}

function publish({ id, versions }: Program, address: string): void {
  for (const [index, path] of versions.entries()) {
    const version = `${index + 1}.0.0`;
    const folder = join(work, id, version);
    mkdirSync(folder, { recursive: true });
    copyFileSync(path, join(folder, "program"));
    const program = `${HOST}=${join(folder, "program")}`;
    slipway(["push", `${address}/bench/${id}:${version}`, program, "--no-check"], work);
    slipway(["push", `${address}/bench/${id}-whole:${version}`, program, "--no-check", "--deltas", "0"], work);
    // As others publish it, and fetch it: the file as it is.
    slipway(["push", `${address}/bench/${id}-plain:${version}`, "program"], folder);
  }
}

function installJobs({ id }: Program, address: string): Job[] {
  const launcher = build(id, address);
  const before = `rm -rf ${work}/out; mkdir ${work}/out`;
  return available([
    { tool: "slipway", before, script: start(launcher, "2.0.0") },
    ...otherJobs(id, address).map((job) => Object.assign(job, { before })),
  ]);
}

function updateJobs({ id }: Program, address: string): Job[] {
  const clean = `rm -rf ${work}/out; mkdir ${work}/out`;
  const ours = (name: string): Pick<Job, "script" | "before"> => {
    const launcher = build(name, address);
    // Twice: the second start finds it confirmed.
    const first = `SLIPWAY_VERSION=1.0.0 ${start(launcher, "1.0.0")}`;
    runScript(
      `rm -rf ${work}/out ${launcher}-home; mkdir ${work}/out; ${first}; ${first}; mv ${work}/out ${launcher}-home`,
      work,
    );
    return { before: `rm -rf ${work}/out; cp -a ${launcher}-home ${work}/out`, script: start(launcher, "2.0.0") };
  };
  return available([
    { tool: "slipway", ...ours(id) },
    { tool: "slipway, without deltas", ...ours(`${id}-whole`) },
    ...otherJobs(id, address).map((job) => Object.assign(job, { before: clean })),
  ]);
}

function checkJobs({ id }: Program, address: string): Job[] {
  const launcher = build(id, address);
  const first = start(launcher, "2.0.0");
  runScript(`rm -rf ${work}/out; mkdir ${work}/out; ${first}; ${first}`, work);
  const repository = `${address}/bench/${id}`;
  return available([
    { tool: "slipway", script: first },
    { tool: "oras", script: `oras repo tags --plain-http ${repository} >&2` },
    { tool: "skopeo", script: `skopeo list-tags --tls-verify=false docker://${repository} >&2` },
    { tool: "curl", script: `curl -fsS http://${address}/v2/bench/${id}/tags/list >&2` },
  ]);
}

function otherJobs(id: string, address: string): Job[] {
  const source = `${address}/bench/${id}-plain`;
  const out = `${work}/out`;
  const digest = digestOfLayer(source);
  const blob = `http://${address}/v2/bench/${id}-plain/blobs/${digest}`;
  return [
    { tool: "oras", script: `oras pull --no-tty --plain-http -o ${out} ${source}:2.0.0 >&2` },
    { tool: "skopeo", script: `skopeo copy -q --src-tls-verify=false docker://${source}:2.0.0 dir:${out}` },
    {
      tool: "curl",
      script: `curl -fsS -o ${out}/program ${blob}; echo "${digest.replace("sha256:", "")}  ${out}/program" | sha256sum -c --quiet`,
    },
  ];
}

function digestOfLayer(source: string): string {
  const { layers } = JSON.parse(slipway(["manifest", `${source}:2.0.0`], work)) as { layers: { digest: string }[] };
  return layers[0]!.digest;
}

/** Starts it, and fails unless that version is current then. */
function start(launcher: string, version: string): string {
  return `HOME=${work}/out XDG_DATA_HOME= XDG_CONFIG_HOME= ${launcher} --version </dev/null >&2
grep -q '"${version}"' ${work}/out/.local/share/*/active.json`;
}

function build(name: string, address: string): string {
  const id = `com.example.${name}.at${address.split(":")[1] ?? ""}`;
  const config = join(work, `${id}.json`);
  const update = { timeout: "10m" };
  writeFileSync(config, JSON.stringify({ id, name, repository: `${address}/bench/${name}`, update }));
  const options = ["--platform", "host", "--config", config, "--out", join(work, id), "--json"];
  const { launchers } = JSON.parse(slipway(["build", ...options], work)) as { launchers: { path: string }[] };
  return launchers[0]!.path;
}

function available(jobs: readonly Job[]): Job[] {
  return jobs.filter(({ tool }) => tool.startsWith("slipway") || tools.has(tool));
}

async function time(jobs: readonly Job[], rounds = ROUNDS): Promise<Figures[]> {
  return await timeJobs(jobs, { rounds, cwd: work });
}
