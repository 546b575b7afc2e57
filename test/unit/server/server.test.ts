import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { openMemoryRegistry } from "../../../src/server/registry/memory.ts";
import { startRegistry } from "../../../src/server/registry/server.ts";
import { blobOf, noise } from "../../support/bytes.ts";
import { openServer } from "./open.ts";

test("a port that is taken is named", async () => {
  await using first = await startRegistry({ storage: openMemoryRegistry() });
  const port = Number(first.address.split(":")[1]);
  await expect(startRegistry({ storage: openMemoryRegistry(), port })).rejects.toMatchObject({
    code: "unavailable",
    message: `port ${port} on 127.0.0.1 is in use`,
  });
});

test("its end ends all connections at once, idle ones too", async () => {
  await using server = await openServer("in memory");
  const idle = connect(Number(server.server.address.split(":")[1]), "127.0.0.1");
  idle.on("error", () => undefined);
  const closed = once(idle, "close");
  await once(idle, "connect");
  // An answer to another connection says that the server has taken this one.
  await server.call("GET", "/v2/");
  await server.server[Symbol.asyncDispose]();
  await closed;
  await expect(server.call("GET", "/v2/")).rejects.toThrow("fetch failed");
});

test.each([
  ["DELETE", "/v2/", "GET, HEAD"],
  ["PUT", "/v2/_catalog", "GET, HEAD"],
  ["PATCH", "manifests/1.0.0", "GET, HEAD, PUT, DELETE"],
  ["GET", "blobs/uploads/", "POST"],
])("%s %s is not allowed, and what is allowed is named", async (method, path, allowed) => {
  await using server = await openServer("in memory");
  const answer = await server.call(method, path);
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, allowed]);
});

test.each(["http://[::", "//[", "/v2/%ff/tags/list", "/v2/a/../../../etc/passwd", "/v2/a%00b/tags/list"])(
  "a request for %s gets an answer, which is no",
  async (target) => {
    await using server = await openServer("in memory");
    const socket = connect(Number(server.server.address.split(":")[1]), "127.0.0.1");
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 40[04] /);
  },
);

test("a digest may come with its colon escaped", async () => {
  await using server = await openServer("in memory");
  const bytes = noise(10);
  const { digest } = blobOf(bytes);
  await server.call("POST", `blobs/uploads/?digest=${digest}`, { body: bytes });
  expect((await server.call("GET", `blobs/${encodeURIComponent(digest)}`)).status).toBe(200);
});

test("who is not let in gets the challenge, and every request is told of", async () => {
  await using server = await openServer("in memory", {
    authenticate: ({ authorization }) => (authorization === "Basic b2s=" ? undefined : 'Basic realm="test"'),
  });
  const refused = await server.call("GET", "/v2/");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="test"']);
  expect(await refused.json()).toMatchObject({ errors: [{ code: "UNAUTHORIZED" }] });
  expect((await server.call("GET", "/v2/", { headers: { authorization: "Basic b2s=" } })).status).toBe(200);
  expect(server.requests.map(({ status, authorization }) => [status, authorization])).toEqual([
    [401, undefined],
    [200, "Basic b2s="],
  ]);
});
