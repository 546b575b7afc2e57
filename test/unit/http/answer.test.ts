import fc from "fast-check";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { noise } from "../../support/bytes.ts";
import { startWireServer } from "../../support/wireServer.ts";
import { openClient, read, text, fault, HELLO } from "./client.ts";

describe("an answer", () => {
  const content = noise(300_000).toString("latin1");
  const [half, rest] = [content.slice(0, 150_001), content.slice(150_001)];
  const ANSWERS = [
    `HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n\r\n${content}`,
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${half.length.toString(16)}\r\n${half}\r\n${rest.length.toString(16)}\r\n${rest}\r\n0\r\n\r\n`,
    `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${content}`,
  ];

  test("is the same however it is cut on its way", async () => {
    const cuts = fc.array(fc.oneof(fc.nat(300), fc.nat(300_000)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ANSWERS), cuts, async (answer, cuts) => {
        const bytes = Buffer.from(answer, "latin1");
        await using server = await startWireServer(async (socket) => {
          socket.setNoDelay(true);
          await once(socket, "data");
          let at = 0;
          for (const cut of [...cuts].sort((a, b) => a - b)) {
            socket.write(bytes.subarray(at, Math.max(at, cut)));
            at = Math.max(at, cut);
            await delay(1);
          }
          socket.write(bytes.subarray(at));
          if (!answer.includes("content-length") && !answer.includes("chunked")) socket.end();
        });
        using client = openClient(server.port);
        const found = await client.send();
        expect(found.status).toBe(200);
        expect((await text(found)) === content).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test.each<[string, string, string]>([
    ["nothing", "", "HTTP_CUT"],
    ["half a head", "HTTP/1.1 200 OK\r\ncontent-", "HTTP_CUT"],
    ["an early hint alone", "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP_CUT"],
    ["another protocol", "SSH-2.0-OpenSSH_9\r\n", "HTTP_MALFORMED"],
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP_MALFORMED"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "HTTP_MALFORMED"],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(20_000)}`, "HTTP_HEADERS_TOO_LONG"],
  ])("that is %s is told", async (_, answer, code) => {
    await using server = await startWireServer((socket) => socket.once("data", () => socket.end(answer)));
    using client = openClient(server.port);
    await expect(client.send()).rejects.toEqual(fault(code));
  });

  test.each<[string, string, string]>([
    ["its length says", "content-length: 10\r\n\r\nhalf", "HTTP_CUT"],
    ["its chunks say", "transfer-encoding: chunked\r\n\r\n5\r\nhe", "HTTP_CUT"],
    ["the last chunk says", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP_CUT"],
    ["chunks may be", "transfer-encoding: chunked\r\n\r\n5\r\nhelloworld\r\n", "HTTP_MALFORMED"],
  ])("that ends otherwise than %s breaks off, behind what came", async (_, answer, code) => {
    await using server = await startWireServer((socket) =>
      socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\n${answer}`)),
    );
    using client = openClient(server.port);
    const { status, body } = await client.send();
    expect(status).toBe(200);
    const reader = body[Symbol.asyncIterator]();
    expect((await reader.next()).value?.byteLength).toBeGreaterThan(0);
    await expect(reader.next()).rejects.toEqual(fault(code));
  });

  test("that nobody reads holds the server back, and nobody waits too long for such a reader", async () => {
    let written = 0;
    await using server = await startWireServer(async (socket) => {
      await once(socket, "data");
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${64 * 1024 * 1024}\r\n\r\n`);
      const block = Buffer.alloc(1024 * 1024);
      for (let count = 0; count < 64; count += 1) {
        if (!socket.write(block)) await once(socket, "drain");
        written += 1;
      }
    });
    using client = openClient(server.port, { limits: { bodyTimeout: 100 } });
    const answer = await client.send();
    await delay(400);
    // What the system holds for both sides, and a little.
    expect(written).toBeLessThan(32);
    expect((await read(answer)).byteLength).toBe(64 * 1024 * 1024);
  });

  test("that does not come, or stops, is waited for as long as was said", async () => {
    await using server = await startWireServer((socket) =>
      socket.on("data", (bytes) => bytes.includes("/half") && socket.write(HELLO.slice(0, -2))),
    );
    using client = openClient(server.port, { limits: { bodyTimeout: 50 } });
    await expect(client.send({ answerTimeout: 50 })).rejects.toEqual(fault("HTTP_TIMEOUT"));
    await expect(client.send({ target: "/half" }).then(read)).rejects.toEqual(fault("HTTP_TIMEOUT"));
  });
});
