import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { WireRequest } from "../../../src/http/connection.ts";
import { noise } from "../../support/bytes.ts";
import { answering, startWireServer } from "../../support/wireServer.ts";
import { openClient, text, fault, HELLO } from "./client.ts";

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
    using client = openClient(server.port);
    for (const time of [1, 2]) {
      expect(await text(await client.send(request))).toBe("hello");
      if (time === 2) continue;
      const [sent = ""] = server.received;
      expect(sent.slice(sent.indexOf("\r\n\r\n") + 4) === bytes.toString("latin1")).toBe(true);
    }
  });

  test("of no bytes is a body all the same", async () => {
    await using server = await startWireServer(answering(HELLO));
    using client = openClient(server.port);
    expect(await text(await client.send(sending([], 0)))).toBe("hello");
    expect(server.received[0]).toContain("content-length: 0\r\n\r\n");
  });

  test.each([
    ["shorter", 200],
    ["longer", 50],
  ])("and is %s than was said ends the exchange", async (_, length) => {
    await using server = await startWireServer(() => undefined);
    using client = openClient(server.port);
    await expect(client.send(sending([bytes.subarray(0, 100)], length))).rejects.toEqual(fault("HTTP_BODY_LENGTH"));
  });

  test("and turns out wrong ends the exchange with what was wrong", async () => {
    await using server = await startWireServer(() => undefined);
    using client = openClient(server.port);
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
    using client = openClient(server.port);
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
    using client = openClient(server.port);
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
