import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { Download } from "../../../../src/release/download.ts";
import { openSampleShelf, sampleCatalog, sampleDownload } from "../../../support/sampleCatalog.ts";
import { blobOf } from "../../../support/bytes.ts";
import { parseExposition } from "../../../support/exposition.ts";
import { openGateway, type TestGateway } from "./openGateway.ts";

const HOST = "Host: gateway.example\r\n";

describe("a visitor", () => {
  test("who makes up 10,000 versions costs the registry a bounded number", async () => {
    const asked: string[] = [];
    const shelf = {
      ...openSampleShelf(sampleCatalog()),
      async readRelease(tag: string): Promise<readonly Download[] | undefined> {
        asked.push(tag);
        return undefined;
      },
    };
    await using server = await openGateway({
      shelf,
      limits: { rate: 1_000_000, downloads: 100, allDownloads: 100 },
      now: () => 0,
    });
    const words = Array.from({ length: 10_000 }, (_, index) => `GET /0.0.${index}/any HTTP/1.1\r\n${HOST}\r\n`);
    for (let start = 0; start < words.length; start += 32)
      await server.say(`${words.slice(start, start + 32).join("")}GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(server.requests()).toHaveLength(10_313);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(60);
  });

  test("who asks too often has to wait, while others need not", async () => {
    await using server = await openGateway({
      limits: { rate: 4, downloads: 8, allDownloads: 8 },
      proxies: [],
      now: () => 0,
    });
    const from = async (address: string) => await server.get("/", { "x-forwarded-for": address });
    const statuses = [];
    for (const address of ["203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2"])
      statuses.push((await from(address)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
    expect((await from("203.0.113.1")).headers.get("retry-after")).toBe("15");
    // Whoever looks after us from here is never one too many.
    for (let index = 0; index < 5; index += 1) expect((await server.get("/healthz")).status).toBe(200);
  });

  test("who asks for versions that are not there is counted as several", async () => {
    await using server = await openGateway({
      shelf: { ...openSampleShelf(sampleCatalog()), readRelease: async () => undefined },
      limits: { rate: 120, downloads: 8, allDownloads: 8 },
      now: () => 0,
    });
    const statuses = [];
    for (let index = 0; index < 12; index += 1) statuses.push((await server.get(`/0.0.${index}/any`)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 404), 429, 429]);
  });

  test("cannot take another address by a header, where nobody is believed", async () => {
    await using server = await openGateway({ limits: { rate: 2, downloads: 8, allDownloads: 8 }, now: () => 0 });
    const statuses = [];
    for (let index = 0; index < 4; index += 1)
      statuses.push((await server.get("/", { "x-forwarded-for": `203.0.113.${index}` })).status);
    expect(statuses).toEqual([200, 429, 429, 429]);
    expect(server.events.filter(({ event }) => event === "proxy")).toHaveLength(1);
  });

  test("who asks for nine downloads at once and reads none of them holds one place, and none when they have gone", async () => {
    // More than the system takes on behalf of who reads nothing.
    const bytes = Buffer.alloc(30_000_000, "x");
    const blob = blobOf(bytes);
    const download = sampleDownload("linux/amd64", {
      size: blob.size,
      digest: blob.digest,
      stored: { blob, compression: "none" },
    });
    const shelf = {
      ...openSampleShelf(sampleCatalog({ icon: undefined, downloads: [download] })),
      async *fetch() {
        yield Buffer.from(bytes);
      },
    };
    await using server = await openGateway({ shelf });
    const socket = connect(server.gateway.port, "127.0.0.1");
    socket.pause();
    socket.write(`GET /linux-amd64 HTTP/1.1\r\n${HOST}\r\n`.repeat(9));
    await once(socket, "readable");
    expect(await runningDownloads(server)).toBe(1);
    socket.destroy();
    while ((await runningDownloads(server)) > 0) await new Promise(setImmediate);
    expect(server.requests().filter((request) => request.includes("linux"))).toEqual(["200 /linux-amd64"]);
  });

  test.each([
    ["is sent away with one connection more than they may have", undefined, "", 1],
    ["has as many as they need when they are a proxy", [], "HTTP/1.1 200 OK", 0],
  ])("%s", async (_, proxies, begin, refused) => {
    await using server = await openGateway({ connectionsEach: 2, proxies });
    const own = [await openHalf(server), await openHalf(server)] as const;
    const heard = await server.say(`GET /healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(heard.slice(0, 15)).toBe(begin);
    // The connections of before still work, and tell of it.
    const [first, second] = own;
    first.write(`${HOST}Connection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of first) text += String(chunk);
    expect(text).toContain(`slipway_gateway_refused_total{limit="connections"} ${refused}\n`);
    second.destroy();
  });

  test("who has as many downloads as one may have gets no further one", async () => {
    await using server = await openGateway({ limits: { rate: 1000, downloads: 0, allDownloads: 8 } });
    const answer = await server.get("/linux-amd64");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "10"]);
    expect((await fetch(`${server.gateway.url}/linux-amd64`, { method: "HEAD" })).status).toBe(200);
  });
});

/** A connection with half a head of a request for /metrics. @returns when it was let in. */
async function openHalf({ gateway }: TestGateway): Promise<Socket> {
  const socket = connect(gateway.port, "127.0.0.1");
  socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\nGET /metrics HTTP/1.1\r\n`);
  await once(socket, "data");
  return socket;
}

/** By its own account. */
async function runningDownloads(server: TestGateway): Promise<number> {
  const text = await (await server.get("/metrics")).text();
  return parseExposition(text)["slipway_gateway_downloads_running"] ?? Number.NaN;
}
