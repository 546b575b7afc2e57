import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer, WireRequest } from "../../../src/http/connection.ts";
import { openPool, type Pool } from "../../../src/http/pool.ts";
import { openSocket } from "../../../src/http/socket.ts";
import { noise } from "../../support/bytes.ts";
import { answering, startWireServer } from "../../support/wireServer.ts";

const LIMITS = { bodyTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 64 * 1024 };

interface Client extends Disposable {
  send(request?: Partial<WireRequest>): Promise<Answer>;
}

function open(
  port: number,
  { limits = {}, host = "127.0.0.1" }: { limits?: Partial<typeof LIMITS>; host?: string } = {},
): Client {
  const pool: Pool = openPool({ ...LIMITS, ...limits });
  const way = {
    name: "server",
    connect: async (onread: Parameters<typeof openSocket>[0]["onread"], signal: AbortSignal) =>
      await openSocket({ host, port, onread, signal, timeout: 5000 }),
  };
  return {
    send: async (request = {}) =>
      await pool.send(way, {
        method: "GET",
        target: "/",
        headers: { host: "server" },
        answerTimeout: 5000,
        ...request,
      }),
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}

async function read({ body }: Answer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const text = async (answer: Answer): Promise<string> => (await read(answer)).toString("latin1");
const fault = (code: string) => expect.objectContaining({ code });
const HELLO = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

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
        using client = open(server.port);
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
    using client = open(server.port);
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
    using client = open(server.port);
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
    using client = open(server.port, { limits: { bodyTimeout: 100 } });
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
    using client = open(server.port, { limits: { bodyTimeout: 50 } });
    await expect(client.send({ answerTimeout: 50 })).rejects.toEqual(fault("HTTP_TIMEOUT"));
    await expect(client.send({ target: "/half" }).then(read)).rejects.toEqual(fault("HTTP_TIMEOUT"));
  });
});

describe("a connection", () => {
  test("is used again, also after answers without a body", async () => {
    await using server = await startWireServer((socket) =>
      socket.on("data", (bytes) => {
        if (bytes.includes("HEAD")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n");
        else socket.write(bytes.includes("/none") ? "HTTP/1.1 204 No Content\r\n\r\n" : HELLO);
      }),
    );
    using client = open(server.port);
    expect(await text(await client.send({ method: "HEAD" }))).toBe("");
    expect(await text(await client.send({ target: "/none" }))).toBe("");
    for (const _ of [1, 2]) expect(await text(await client.send())).toBe("hello");
    expect(server.received).toHaveLength(1);
  });

  test.each([
    ["says so", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"],
    ["closes it at once anyway", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nkeep-alive: timeout=1\r\n\r\nok"],
    ["sends more than was asked for", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n"],
    ["speaks HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
  ])("is not used again when the server %s", async (_, answer) => {
    await using server = await startWireServer(answering(answer));
    using client = open(server.port);
    for (const _ of [1, 2]) expect(await text(await client.send())).toBe("ok");
    expect(server.received).toHaveLength(2);
  });

  test("that the server closed meanwhile is no trouble", async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startWireServer((socket) => {
      socket.once("data", () => socket.end(HELLO));
      closed.push(once(socket, "close"));
    });
    using client = open(server.port);
    expect(await text(await client.send())).toBe("hello");
    await closed[0];
    expect(await text(await client.send())).toBe("hello");
  });

  test("whose reader leaves in the middle is given up", async () => {
    await using server = await startWireServer(
      answering(`HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n${"x".repeat(500_000)}`),
    );
    using client = open(server.port);
    for await (const _ of (await client.send()).body) break;
    for await (const _ of (await client.send()).body) break;
    expect(server.received).toHaveLength(2);
  });

  test("finds the one address of several that answers", async () => {
    await using server = await startWireServer(answering(HELLO));
    using client = open(server.port, { host: "localhost" });
    expect(await text(await client.send())).toBe("hello");
  });

  test("to a server that speaks first does not wait for an answer", async () => {
    await using server = await startWireServer((socket) => socket.write("220 mail.example ESMTP\r\n"));
    using client = open(server.port);
    await expect(client.send()).rejects.toEqual(fault("HTTP_MALFORMED"));
  });

  test("ends with the pool, and so does what is under way", async () => {
    await using server = await startWireServer(() => undefined);
    const client = open(server.port);
    const sent = client.send();
    await expect.poll(() => server.received[0]).toContain("GET / HTTP/1.1");
    client[Symbol.dispose]();
    await expect(sent).rejects.toEqual(fault("HTTP_CLOSED"));
    await expect(client.send()).rejects.toEqual(fault("HTTP_CLOSED"));
  });

  test("ends with its caller's signal: before, while it waits, and in the middle of a body", async () => {
    await using server = await startWireServer((socket) =>
      socket.on("data", (bytes) => bytes.includes("/half") && socket.write(HELLO.slice(0, -2))),
    );
    using client = open(server.port);
    const reason = new Error("enough");
    await expect(client.send({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const waiting = new AbortController();
    const sent = client.send({ signal: waiting.signal });
    await expect.poll(() => server.received[0]).toContain("GET");
    waiting.abort(reason);
    await expect(sent).rejects.toBe(reason);
    const reading = new AbortController();
    const answer = await client.send({ target: "/half", signal: reading.signal });
    reading.abort(reason);
    await expect(read(answer)).rejects.toBe(reason);
  });
});

describe("a body that is sent", () => {
  const bytes = noise(3_000_000);
  const sending = (chunks: readonly Uint8Array[], length: number): Partial<WireRequest> => ({
    method: "PUT",
    headers: { host: "server", "content-length": String(length) },
    body: {
      length,
      async *open() {
        yield* chunks;
      },
    },
  });
  /** Answers when so many bytes of a body have come. */
  const after = (size: number, answer: string) => (socket: Socket) => {
    let seen = -1;
    socket.on("data", (chunk) => {
      if (seen === -1) seen = -(chunk.indexOf("\r\n\r\n") + 4);
      seen += chunk.byteLength;
      if (seen >= size) socket.write(answer);
    });
  };

  test.each([
    ["at once", { headers: { host: "a", "content-length": String(bytes.byteLength) }, method: "PUT", body: bytes }],
    ["piece by piece", sending([bytes.subarray(0, 1000), new Uint8Array(), bytes.subarray(1000)], bytes.byteLength)],
  ])("comes as it is, %s", async (_, request) => {
    await using server = await startWireServer(after(bytes.byteLength, HELLO));
    using client = open(server.port);
    for (const time of [1, 2]) {
      expect(await text(await client.send(request))).toBe("hello");
      if (time === 2) continue;
      const [sent = ""] = server.received;
      expect(sent.slice(sent.indexOf("\r\n\r\n") + 4) === bytes.toString("latin1")).toBe(true);
    }
  });

  test("of no bytes is a body all the same", async () => {
    await using server = await startWireServer(answering(HELLO));
    using client = open(server.port);
    expect(await text(await client.send(sending([], 0)))).toBe("hello");
    expect(server.received[0]).toContain("content-length: 0\r\n\r\n");
  });

  test.each([
    ["shorter", 200],
    ["longer", 50],
  ])("and is %s than was said ends the exchange", async (_, length) => {
    await using server = await startWireServer(() => undefined);
    using client = open(server.port);
    await expect(client.send(sending([bytes.subarray(0, 100)], length))).rejects.toEqual(fault("HTTP_BODY_LENGTH"));
  });

  test("and turns out wrong ends the exchange with what was wrong", async () => {
    await using server = await startWireServer(() => undefined);
    using client = open(server.port);
    const wrong = new Error("wrong digest");
    const body = {
      length: 100,
      async *open() {
        yield bytes.subarray(0, 50);
        throw wrong;
      },
    };
    await expect(client.send({ ...sending([], 100), body })).rejects.toBe(wrong);
  });

  test("is not sent to its end when the server has refused it, and its source is closed", async () => {
    await using server = await startWireServer(async (socket) => {
      await once(socket, "data");
      socket.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\n");
      await delay(300);
      socket.write("no!");
    });
    using client = open(server.port);
    let [closed, made] = [false, 0];
    const body = {
      length: 1_000_000_000,
      async *open() {
        try {
          for (; made < 1000; made += 1) yield Buffer.alloc(1_000_000);
        } finally {
          closed = true;
        }
      },
    };
    const answer = await client.send({ ...sending([], 1_000_000_000), body });
    expect([answer.status, await text(answer)]).toEqual([413, "no!"]);
    await expect.poll(() => closed).toBe(true);
    expect(made).toBeLessThan(100);
  });

  test("is over when its last byte is: an answer counts before the source says so", async () => {
    await using server = await startWireServer(after(100, HELLO));
    using client = open(server.port);
    const { promise: never } = Promise.withResolvers<void>();
    const body = {
      length: 100,
      async *open() {
        yield bytes.subarray(0, 100);
        await never;
      },
    };
    expect(await text(await client.send({ ...sending([], 100), body }))).toBe("hello");
    expect(await text(await client.send(sending([bytes.subarray(0, 100)], 100)))).toBe("hello");
    expect(server.received).toHaveLength(1);
  });
});
