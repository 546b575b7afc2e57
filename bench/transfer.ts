// Push and pull beside other tools: run with `npm run bench:transfer`. Each round lets every tool do the same to the
// same docker-registry on loopback, in another order, so that a busy machine is busy for all of them; compare the
// minimums and the ratios. What is not installed (skopeo, oras, curl) is left out and named.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDockerRegistry } from "../test/support/dockerRegistry.ts";
import { type Figures, type Job, reportJobs, runScript, timeJobs } from "./harness/jobs.ts";
import { describeBench } from "./harness/machine.ts";
import { installed } from "./harness/tools.ts";

const ROUNDS = Number(process.argv[2] ?? 5);
const MB = 1_000_000;
const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const tools = installed(["skopeo", "oras", "curl"]);

interface Load {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

const LOADS: readonly Load[] = [
  { name: "1 × 500 MB", count: 1, bytes: 500 * MB },
  { name: "500 × 1 MB", count: 500, bytes: MB },
];

const registry = await startDockerRegistry();
try {
  console.log(`${describeBench(ROUNDS)}\n`);
  for (const load of LOADS) await bench(load);
} finally {
  await registry[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}

async function bench(load: Load): Promise<void> {
  const id = load.count === 1 ? "large" : "many";
  const files = makeFiles(load, id);
  const repository = `${registry.address}/bench/${id}`;
  runScript(`slipway push ${repository}:given ${files.join(" ")}`, join(work, id));
  // skopeo pushes what lies in a layout.
  runScript(`slipway copy ${repository}:given oci:${join(work, `${id}-layout`)}:given`, work);
  reportJobs(`push ${load.name}`, await time(pushJobs(id, files)));
  reportJobs(`push a layout of ${load.name}`, await time(layoutJobs(id)));
  reportJobs(`pull ${load.name}`, await time(pullJobs(id, files)));
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

async function time(jobs: readonly Job[]): Promise<Figures[]> {
  const clean = jobs.map((job) => ({ ...job, before: `rm -rf ${work}/out` }));
  return await timeJobs(clean, { rounds: ROUNDS, cwd: work });
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
