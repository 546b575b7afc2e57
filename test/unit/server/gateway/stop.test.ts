import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { unlessAborted } from "../../../../src/abort.ts";
import { digestOf } from "../../../../src/oci/digest.ts";
import { openSampleShelf, sampleCatalog, sampleDownload } from "../../../support/sampleCatalog.ts";
import { noise } from "../../../support/bytes.ts";
import { openGateway, type TestGateway } from "./openGateway.ts";

// Many times what a reader gets at once, so that something of the first half has surely arrived.
const bytes = noise(4_000_000);
const blob = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.byteLength };
const HALF = 2_000_000;

/** A gateway whose only file comes in two halves, the second of which the test lets go. */
async function openHalved(): Promise<TestGateway & { readonly goOn: () => void }> {
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
  return { ...(await openGateway({ shelf, timeouts })), goOn: rest.resolve };
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
});
