import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { unlessAborted } from "../../../../src/abort.ts";
import { digestOf } from "../../../../src/oci/digest.ts";
import type { GatewayOptions } from "../../../../src/server/gateway/server.ts";
import { makeSelfSigned } from "../../../support/certificates.ts";
import { hasProgram } from "../../../support/peer.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";
import { openSampleShelf, sampleCatalog, sampleDownload } from "../../../support/sampleCatalog.ts";
import { noise } from "../../../support/bytes.ts";
import { openGateway, type TestGateway } from "./openGateway.ts";

// Many times what a reader gets at once, so that something of the first half has surely arrived.
const bytes = noise(4_000_000);
const blob = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.byteLength };
const HALF = 2_000_000;

/** A gateway whose only file comes in two halves, the second of which the test lets go. */
async function openHalved(options: Partial<GatewayOptions> = {}): Promise<TestGateway & { readonly goOn: () => void }> {
  const download = sampleDownload("linux/amd64", {
    size: blob.size,
    digest: blob.digest,
    stored: { blob, compression: "none" },
  });
  const catalog = sampleCatalog({ icon: undefined, downloads: [download] });
  const rest = Promise.withResolvers<void>();
  const shelf = {
    ...openSampleShelf(catalog),
    async *fetch(_: unknown, signal: AbortSignal) {
      yield Buffer.from(bytes.subarray(0, HALF));
      await unlessAborted(rest.promise, signal);
      yield Buffer.from(bytes.subarray(HALF));
    },
  };
  // Longer than any test: whoever ends a connection, it is not its timer.
  const timeouts = { head: 60_000, idle: 600_000, still: 600_000 };
  return { ...(await openGateway({ shelf, timeouts, ...options })), goOn: rest.resolve };
}

/** Asks for the file. @returns once the first part of it is there. */
async function begin({ gateway }: TestGateway): Promise<{ socket: Socket; all: Promise<Buffer> }> {
  const socket = connect(gateway.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write("GET /linux-amd64 HTTP/1.1\r\nHost: x\r\n\r\n");
  const all = once(socket, "close").then(() => Buffer.concat(chunks));
  await once(socket, "data");
  return { socket, all };
}

/** Also by an error. */
async function untilClosed(socket: Socket): Promise<void> {
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("close", resolve));
}

describe("stopping", () => {
  test("lets a download come to its end, and takes no new visitor meanwhile", async () => {
    await using server = await openHalved();
    const { all } = await begin(server);
    const stopped = server.gateway.stop({ grace: 60_000 });
    await expect(server.get("/healthz")).rejects.toThrow("fetch failed");
    server.goOn();
    await stopped;
    expect((await all).subarray(-bytes.byteLength).equals(bytes)).toBe(true);
    expect(server.requests()).toEqual(["200 /linux-amd64"]);
  });

  test("at once cuts it off, also when there was to be some time before", async () => {
    await using server = await openHalved();
    const { all } = await begin(server);
    const stopped = server.gateway.stop({ grace: 60_000 });
    await server.gateway.stop({ grace: 0 });
    await stopped;
    expect((await all).byteLength).toBeLessThan(bytes.byteLength);
    expect(server.events.at(-1)).toMatchObject({ event: "request", status: 200, aborted: "left" });
  });

  test("does not wait for somebody who has nothing to say", async () => {
    await using server = await openHalved();
    const idle = connect(server.gateway.port, "127.0.0.1");
    await once(idle, "connect");
    idle.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(idle, "data");
    await server.gateway.stop({ grace: 60_000 });
    expect(server.requests()).toEqual(["200 /healthz"]);
  });

  test("is in the log, once, as the start is", async () => {
    await using server = await openHalved();
    await server.gateway.stop({ grace: 30_000 });
    await server.gateway.stop({ grace: 0 });
    expect(server.events).toEqual([
      { event: "start", message: `listening at ${server.gateway.url}` },
      { event: "stop", message: "downloads have 30 s to come to their end" },
    ]);
  });

  test.each([
    ["says nothing", ""],
    ["has begun to say something", "GET /healthz HTTP/1.1\r\nHost:"],
  ])("does not wait for a connection that %s", async (_, words) => {
    await using server = await openHalved();
    const silent = connect(server.gateway.port, "127.0.0.1");
    const { socket: first } = await begin(server);
    silent.write(words);
    const closed = untilClosed(silent);
    // This one was let in after it.
    first.destroy();
    await server.gateway.stop({ grace: 1_000_000 });
    await closed;
    expect(server.requests()).toEqual(["200 /linux-amd64"]);
  });

  test.runIf(hasProgram("openssl"))(
    "does not wait for a handshake, nor for who has made one and says nothing",
    async () => {
      await using folder = await temporaryDirectory();
      const tls = makeSelfSigned(folder.path, "/CN=localhost");
      await using server = await openHalved({ tls });
      const { port } = server.gateway;
      const shaking = connect(port, "127.0.0.1");
      const closed = untilClosed(shaking);
      const to = { port, host: "127.0.0.1", rejectUnauthorized: false };
      const silent = connectTls(to);
      silent.on("error", () => undefined);
      await once(silent, "secureConnect");
      const asking = connectTls(to);
      asking.write("GET /linux-amd64 HTTP/1.1\r\nHost: x\r\n\r\n");
      const chunks: Buffer[] = [];
      asking.on("data", (chunk: Buffer) => chunks.push(chunk));
      await once(asking, "data");
      const stopped = server.gateway.stop({ grace: 1_000_000 });
      await closed;
      server.goOn();
      await stopped;
      expect(Buffer.concat(chunks).subarray(-bytes.byteLength).equals(bytes)).toBe(true);
    },
  );
});
