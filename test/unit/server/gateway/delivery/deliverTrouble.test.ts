import { createHash } from "node:crypto";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import type { Download } from "../../../../../src/release/download.ts";
import { SHARED_BYTES } from "../../../../../src/server/gateway/contents/sharedBlocks.ts";
import { blobOf, noise } from "../../../../support/bytes.ts";
import { openFront } from "../front.ts";
import { bytes, SIZE, PACKED, download, openStage, offerAll, ask, GET, HEAD, sendWrong } from "./stage.ts";

describe("a registry", () => {
  test.each([
    ["unavailable", 503, "retry-after: 30\r\n"],
    ["temporary", 503, "retry-after: 30\r\n"],
    ["not-found", 404, ""],
    ["bad-data", 502, ""],
    ["not-allowed", 502, ""],
  ] as const)("that fails with %s before the first byte becomes %i and a sentence", async (code, status, field) => {
    await using stage = await openStage();
    const error = new AppError(code, "secret words of the inside");
    void stage.shelf.begun(0).then((fetch) => fetch.fail(error));
    const { head, body } = await ask(stage, GET);
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain("cache-control: no-store\r\n");
    expect(head).toContain(field);
    expect(body.toString()).toMatch(/^This file .*\.\n$|^The place .*\.\n$/);
    expect(body.toString()).not.toContain("secret");
    expect(await stage.front.delivery(0)).toMatchObject({ status, end: "failed", error: { code } });
  });

  test("that sends something else has the connection cut, and never a clean end", async () => {
    await using stage = await openStage();
    void sendWrong(stage);
    const answer = await fetch(stage.front.url, { headers: { "accept-encoding": "identity" } });
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow("terminated");
    expect(await stage.front.delivery(0)).toMatchObject({ status: 200, end: "failed", error: { code: "bad-data" } });
  });

  test("gets the visitors themselves where it has an address for them", async () => {
    await using stage = await openStage({ redirect: true });
    const linked = { ...stage.contents, linkTo: async () => new URL("https://registry.example/blob") };
    await using front = await openFront(linked, download, { redirect: true });
    const answer = await fetch(front.url, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location"), answer.headers.get("cache-control")]).toEqual([
      302,
      "https://registry.example/blob",
      "no-store",
    ]);
    // What it has is not what is wanted.
    const packed = { ...download, stored: { blob: blobOf(PACKED.zstd), compression: "zstd" } } as const;
    await using other = await openFront(linked, packed, { redirect: true });
    offerAll(stage);
    expect(Buffer.from(await (await fetch(other.url)).arrayBuffer())).toEqual(bytes);
    // Without one, or when it cannot be asked, they are served from here.
    const unable = { ...stage.contents, linkTo: async () => await Promise.reject(new Error("no")) };
    await using last = await openFront(unable, download, { redirect: true });
    expect((await fetch(last.url)).status).toBe(200);
  });
});

describe("a visitor", () => {
  // More than the system takes on behalf of who reads nothing.
  const large = noise(30_000_000);
  const LARGE: Download = {
    ...download,
    size: large.byteLength,
    digest: blobOf(large).digest,
    stored: { blob: blobOf(large), compression: "none" },
    codings: [],
  };

  test("who takes nothing is cut off", async () => {
    await using stage = await openStage({ download: LARGE, stallTimeout: 50 });
    stage.shelf.offer(large);
    const socket = await stage.front.ask(GET);
    expect(await stage.front.delivery(0)).toMatchObject({ status: 200, end: "stalled" });
    socket.destroy();
  });

  test("who waits for a registry is not", async () => {
    await using stage = await openStage();
    const socket = await stage.front.ask(`${GET}\r\nConnection: close`);
    const arriving = await stage.shelf.begun(0);
    await arriving.send(bytes.subarray(0, SIZE - 1));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      // All that may be sent has been taken.
      if (
        !Buffer.concat(chunks)
          .toString("latin1")
          .endsWith(String(bytes.subarray(500_000, 4 * SHARED_BYTES)))
      )
        continue;
      // No timer of Node's runs meanwhile.
      expect(stage.front.responses[0]!.socket?.timeout).toBe(0);
      void arriving.send(bytes.subarray(SIZE - 1));
      arriving.end();
    }
    expect(Buffer.concat(chunks).subarray(-SIZE)).toEqual(bytes);
    expect(await stage.front.delivery(0)).toMatchObject({ end: "sent" });
  });

  test("who leaves in the middle, or before the first byte, ends the download", async () => {
    await using stage = await openStage();
    for (const [index, sent] of [0, 200_000].entries()) {
      const socket = await stage.front.ask(GET);
      const arriving = await stage.shelf.begun(index);
      if (sent > 0) {
        const answered = once(socket, "readable");
        await arriving.send(bytes.subarray(0, sent));
        await answered;
      }
      socket.destroy();
      expect(await stage.front.delivery(index)).toMatchObject({ status: sent > 0 ? 200 : 499, end: "left" });
      await arriving.over;
      expect(stage.contents.kept.files).toBe(0);
    }
  });

  test("who leaves before their turn ends what they have asked for", async () => {
    await using stage = await openStage({ download: LARGE });
    stage.shelf.offer(large);
    const socket = await stage.front.ask(`${GET}\r\nHost: x\r\n\r\n${GET}`);
    await once(socket, "readable");
    while (stage.front.responses.length < 2) await new Promise(setImmediate);
    socket.destroy();
    expect(await stage.front.delivery(0)).toMatchObject({ end: "left" });
    expect(await stage.front.delivery(1)).toMatchObject({ end: "left" });
  });

  test("may ask for one file after the other on a connection", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const socket = await stage.front.ask(`${GET}\r\nRange: bytes=0-2`);
    socket.write(`${HEAD}\r\nHost: x\r\n\r\n${GET}\r\nHost: x\r\nRange: bytes=3-5\r\nConnection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    const parts = [bytes.subarray(0, 3), bytes.subarray(3, 6)].map(String);
    expect(text).toMatch(
      new RegExp(`^HTTP/1.1 206 [^]*\r\n\r\n${parts[0]}HTTP/1.1 200 [^]*\r\n\r\nHTTP/1.1 206 [^]*\r\n\r\n${parts[1]}$`),
    );
  });

  test("of many who read at different speeds gets every byte right", async () => {
    await using stage = await openStage({ download: LARGE });
    stage.shelf.offer(large);
    const digests = Array.from({ length: 20 }, async (_, index) => {
      const socket = await stage.front.ask(`${GET}\r\nConnection: close`);
      const hash = createHash("sha256");
      let head = Buffer.alloc(0);
      let inBody = false;
      for await (const chunk of socket) {
        // Every other one lets everybody else go first.
        if (index % 2 === 1) await new Promise(setImmediate);
        if (inBody) {
          hash.update(chunk as Buffer);
          continue;
        }
        head = Buffer.concat([head, chunk as Buffer]);
        const end = head.indexOf("\r\n\r\n");
        if (end === -1) continue;
        inBody = true;
        hash.update(head.subarray(end + 4));
      }
      return `sha256:${hash.digest("hex")}`;
    });
    expect(new Set(await Promise.all(digests))).toEqual(new Set([LARGE.digest]));
    expect(stage.shelf.fetches).toHaveLength(1);
  });
});
