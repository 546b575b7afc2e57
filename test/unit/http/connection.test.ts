import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { answering, startWireServer } from "../../support/wireServer.ts";
import { openClient, read, text, fault, HELLO } from "./client.ts";

describe("a connection", () => {
  test("is used again, also after answers without a body", async () => {
    await using server = await startWireServer((socket) =>
      socket.on("data", (bytes) => {
        if (bytes.includes("HEAD")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n");
        else socket.write(bytes.includes("/none") ? "HTTP/1.1 204 No Content\r\n\r\n" : HELLO);
      }),
    );
    using client = openClient(server.port);
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
    using client = openClient(server.port);
    for (const _ of [1, 2]) expect(await text(await client.send())).toBe("ok");
    expect(server.received).toHaveLength(2);
  });

  test("that the server closed meanwhile is no trouble", async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startWireServer((socket) => {
      socket.once("data", () => socket.end(HELLO));
      closed.push(once(socket, "close"));
    });
    using client = openClient(server.port);
    expect(await text(await client.send())).toBe("hello");
    await closed[0];
    expect(await text(await client.send())).toBe("hello");
  });

  test("whose reader leaves in the middle is given up", async () => {
    await using server = await startWireServer(
      answering(`HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n${"x".repeat(500_000)}`),
    );
    using client = openClient(server.port);
    for await (const _ of (await client.send()).body) break;
    for await (const _ of (await client.send()).body) break;
    expect(server.received).toHaveLength(2);
  });

  test("finds the one address of several that answers", async () => {
    await using server = await startWireServer(answering(HELLO));
    using client = openClient(server.port, { host: "localhost" });
    expect(await text(await client.send())).toBe("hello");
  });

  test("to a server that speaks first does not wait for an answer", async () => {
    await using server = await startWireServer((socket) => socket.write("220 mail.example ESMTP\r\n"));
    using client = openClient(server.port);
    await expect(client.send()).rejects.toEqual(fault("HTTP_MALFORMED"));
  });

  test("ends with the pool, and so does what is under way", async () => {
    await using server = await startWireServer(() => undefined);
    const client = openClient(server.port);
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
    using client = openClient(server.port);
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
