// Finding the newest version among many tags: run with `npm run bench:tags`. The server only hands out pages that were
// made before; the client is a process of its own, so that its time and memory are nobody else's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { bundle } from "./harness/bundle.ts";
import type { Figures } from "./harness/resolveTags.ts";
import { medianOf, printTable } from "./harness/table.ts";
import { installed, PATH } from "./harness/tools.ts";

const ROUNDS = 5;
const PAGE = 1000;
const AMOUNTS = [0, 1000, 10_000, 100_000];

const work = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const client = bundle("resolveTags", work);
try {
  await bench();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const rows: string[][] = [];
  let empty = Number.NaN;
  const peers = [...installed(["oras", "crane"])];
  for (const amount of AMOUNTS) {
    const server = await startPages(amount);
    const rounds: Figures[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await runClient(server.address));
    const median = (key: keyof Figures): number => medianOf(rounds.map((figures) => figures[key]));
    if (amount === 0) empty = median("peak");
    const requests = server.requests() / ROUNDS;
    const others: string[] = [];
    for (const tool of peers) others.push(await timePeer(tool, server.address));
    rows.push([
      String(amount),
      String(requests),
      median("all").toFixed(0),
      median("clock").toFixed(0),
      (median("peak") - empty).toFixed(0),
      ...others,
    ]);
    await server[Symbol.asyncDispose]();
  }
  printTable(
    [
      "tags",
      "requests",
      "processor, ms",
      "clock, ms",
      "memory over none, MB",
      ...peers.map((tool) => `${tool}, clock, ms (it only lists)`),
    ],
    rows,
  );
}

async function runClient(host: string): Promise<Figures> {
  const child = spawn(process.execPath, [client, host], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(await text(child.stdout)) as Figures;
}

/** @returns milliseconds on the clock, with the start of the tool. */
async function timePeer(tool: string, host: string): Promise<string> {
  const args = tool === "oras" ? ["repo", "tags", "--plain-http"] : ["ls", "--insecure"];
  const started = performance.now();
  const child = spawn(tool, [...args, `${host}/bench/app`], { stdio: "ignore", env: { ...process.env, PATH } });
  const [status] = (await once(child, "exit")) as [number | null];
  return status === 0 ? (performance.now() - started).toFixed(0) : "failed";
}

async function startPages(amount: number) {
  const tags = Array.from({ length: amount }, (_, index) => {
    const version = `${Math.floor(index / 10_000)}.${Math.floor(index / 100) % 100}.${index % 100}`;
    return index % 10 === 9 ? `${version}-rc.1` : version;
  });
  let requests = 0;
  const pages = Array.from({ length: Math.max(1, Math.ceil(amount / PAGE)) }, (_, page) =>
    Buffer.from(JSON.stringify({ name: "bench/app", tags: tags.slice(page * PAGE, (page + 1) * PAGE) })),
  );
  const server = createServer((request, response) => {
    requests += 1;
    const page = Number(new URL(request.url ?? "/", "http://pages.invalid").searchParams.get("page") ?? 0);
    const link = page + 1 < pages.length ? { link: `</v2/bench/app/tags/list?page=${page + 1}>; rel="next"` } : {};
    response.writeHead(200, { "content-type": "application/json", ...link }).end(pages[page]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
