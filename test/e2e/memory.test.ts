import { createHash } from "node:crypto";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { describe as describeContent, EMPTY_DESCRIPTOR, EMPTY_JSON } from "../../src/oci/descriptor.ts";
import { encodeManifest } from "../../src/oci/manifest.ts";
import { OCI_MANIFEST } from "../../src/oci/mediaTypes.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const GIB = 1024 ** 3;
const SIZE = 2 * GIB;
const CHUNK = Buffer.alloc(1024 * 1024);
const LIMIT_MB = 200;

function* zeros(): Generator<Buffer> {
  for (let sent = 0; sent < SIZE; sent += CHUNK.length) yield CHUNK;
}

/** A registry that holds one blob of 2 GiB, which it makes up as it goes, and takes any upload without keeping it. */
async function startLargeRegistry() {
  const hash = createHash("sha256");
  for (const chunk of zeros()) hash.update(chunk);
  const digest = `sha256:${hash.digest("hex")}`;
  const annotations = { "org.opencontainers.image.title": "large" };
  const layer = { mediaType: "application/octet-stream", digest, size: SIZE, annotations };
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: "a/b",
    config: EMPTY_DESCRIPTOR,
    layers: [layer],
  });
  const manifest = describeContent(OCI_MANIFEST, bytes);
  let received = 0;
  const server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    digest,
    received: () => received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?")[0] ?? "";
    for await (const chunk of request) received += (chunk as Buffer).length;
    if (request.method === "POST" || request.method === "PATCH")
      return void response.writeHead(202, { location: `/v2/to/blobs/uploads/1` }).end();
    if (request.method === "PUT") return void response.writeHead(201).end();
    if (path.startsWith("/v2/to/")) return void response.writeHead(404).end();
    const large = path.endsWith(digest);
    const body = large ? undefined : path.includes("/manifests/") ? bytes : Buffer.from(EMPTY_JSON);
    const type = path.includes("/manifests/") ? manifest.mediaType : "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": body?.byteLength ?? SIZE });
    if (request.method === "HEAD") return void response.end();
    if (body !== undefined) return void response.end(body);
    Readable.from(zeros()).pipe(response);
  }
}

/** Megabytes that the process held at most. */
async function peakOf(sandbox: Sandbox, args: readonly string[]): Promise<number> {
  const report = "process.on('exit',()=>process.stderr.write('peak='+process.resourceUsage().maxRSS))";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` };
  const { exitCode, stderr } = await sandbox.slipway(args, { env });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return Number(/peak=(\d+)/.exec(stderr)?.[1]) / 1000;
}

describe("a blob of 2 GiB", () => {
  test("is pulled with flat memory", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startLargeRegistry();
    expect(await peakOf(sandbox, ["pull", `${registry.address}/from:1`, "-o", "there"])).toBeLessThan(LIMIT_MB);
    expect((await stat(join(sandbox.directory, "there", "large"))).size).toBe(SIZE);
  });

  test("is copied to another repository with flat memory", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startLargeRegistry();
    const args = ["copy", `${registry.address}/from:1`, `${registry.address}/to:1`];
    expect(await peakOf(sandbox, args)).toBeLessThan(LIMIT_MB);
    expect(registry.received()).toBeGreaterThan(SIZE);
  });
});
