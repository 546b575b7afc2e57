// One large file from servers that give little to each connection, over a narrow line, and over one that is neither:
// run with `npm run bench:ranges`. What is not installed is left out and named.
import { createCipheriv } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDockerRegistry } from "../test/support/dockerRegistry.ts";
import { type Job, reportJobs, timeJobs } from "./harness/jobs.ts";
import { describeBench } from "./harness/machine.ts";
import { startSlowLine } from "./harness/slowLine.ts";
import { installed, slipway } from "./harness/tools.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const MB = 1_000_000;
const SIZE = 50 * MB;
const SPEED = 2 * MB;

const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const tools = installed(["oras", "curl"]);
const registry = await startDockerRegistry();
const each = await startSlowLine(registry.address, SPEED, { each: true });
const all = await startSlowLine(registry.address, SPEED);
try {
  console.log(`${describeBench(ROUNDS)}\n`);
  // Noise: what is compressed would be another size.
  const key = Buffer.alloc(16);
  writeFileSync(join(work, "large"), createCipheriv("aes-128-ctr", key, key).update(Buffer.alloc(SIZE)));
  slipway(["push", `${registry.address}/bench/large:1.0.0`, "large"], work);
  await report("50 MB, 2 MB/s for each connection", each.address);
  await report("50 MB, 2 MB/s for all", all.address);
  await report("50 MB, loopback", registry.address, ROUNDS * 4);
} finally {
  await all[Symbol.asyncDispose]();
  await each[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}

async function report(name: string, address: string, rounds = ROUNDS): Promise<void> {
  const source = `${address}/bench/large`;
  const manifest = slipway(["manifest", `${registry.address}/bench/large:1.0.0`], work);
  const { layers } = JSON.parse(manifest) as { layers: { digest: string }[] };
  const blob = `http://${source.replace("/", "/v2/")}/blobs/${layers[0]!.digest}`;
  const before = `rm -rf ${work}/out; mkdir ${work}/out`;
  const jobs: Job[] = [
    { tool: "slipway", before, script: `slipway pull ${source}:1.0.0 -o ${work}/out/there` },
    { tool: "oras", before, script: `oras pull --no-tty --plain-http -o ${work}/out ${source}:1.0.0 >&2` },
    { tool: "curl", before, script: `curl -fsS -o ${work}/out/large ${blob}` },
  ];
  const figures = await timeJobs(
    jobs.filter(({ tool }) => tool === "slipway" || tools.has(tool)),
    { rounds, cwd: work },
  );
  // Through the line and from the registry.
  reportJobs(name, figures, { through: address === registry.address ? 1 : 2 });
}
