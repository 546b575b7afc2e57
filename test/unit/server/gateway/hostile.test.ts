import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { openSampleShelf, sampleCatalog, sampleDownload } from "../../../support/sampleCatalog.ts";
import { openGateway } from "./openGateway.ts";

const HOST = "Host: gateway.example\r\n";

/** Status codes of all answers, in the order in which they came. */
function statusesOf(heard: string): number[] {
  return [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

describe("a hostile request", () => {
  test.each<[what: string, words: string, statuses: readonly number[]]>([
    ["a head that is too large", `GET / HTTP/1.1\r\n${HOST}X: ${"x".repeat(20_000)}\r\n\r\n`, [431]],
    ["too many fields", `GET / HTTP/1.1\r\n${HOST}${"X: y\r\n".repeat(5000)}\r\n`, [431]],
    ["a target that is too long", `GET /${"a".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, [431]],
    ["no HTTP", "\u0016\u0003\u0001\u0002\u0000 hello\r\n\r\n", [400]],
    ["another version of HTTP", `GET / HTTP/9.9\r\n${HOST}\r\n`, [400]],
    ["no host", "GET / HTTP/1.1\r\n\r\n", [400]],
    [
      "a length and chunks at once",
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n${HOST}\r\n`,
      [400],
    ],
    [
      "two lengths",
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhelloGET /evil HTTP/1.1\r\n${HOST}\r\n`,
      [400],
    ],
    [
      "a coding that is not chunked",
      `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\nGET /evil HTTP/1.1\r\n${HOST}\r\n`,
      [413],
    ],
    ["a space before the colon", `GET / HTTP/1.1\r\n${HOST}Content-Length : 5\r\n\r\nhello`, [400]],
    ["a folded field", `GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, [400]],
    ["a bare line feed in a field", `GET / HTTP/1.1\r\n${HOST}X: a\nEvil: b\r\n\r\n`, [400]],
    [
      "a body, and another request in it",
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 40\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n`.padEnd(120, "x"),
      [413],
    ],
    ["a body in chunks", `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, [413]],
    [
      "a body that waits to be asked for",
      `GET / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
      [413],
    ],
    ["a tunnel", `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`, [405]],
  ])("is refused, and ends its connection: %s", async (_, words, statuses) => {
    await using server = await openGateway();
    const heard = await server.say(words);
    expect(statusesOf(heard)).toEqual(statuses);
    expect(heard).toMatch(/connection: close/i);
    expect(heard).not.toContain("evil");
    expect((await server.get("/linux-amd64")).status).toBe(200);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"])(
    "by %s is told what is allowed, and changes nothing",
    async (method) => {
      await using server = await openGateway();
      const heard = await server.say(
        `${method} /linux-amd64 HTTP/1.1\r\n${HOST}X-Secret: evil\r\nConnection: close\r\n\r\n`,
      );
      expect(statusesOf(heard)).toEqual([405]);
      expect(heard).toMatch(/^allow: GET, HEAD\r$/im);
      expect(heard).not.toContain("evil");
    },
  );

  test.each([
    "/v2/",
    "/v2/example/app/tags/list",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/1.0.0/linux-amd64/..%2f..%2f..%2fetc%2fpasswd",
    "/1.0.0\\..\\linux-amd64",
    "/linux-amd64%00.html",
    "//evil.example/linux-amd64",
    "/<script>alert(1)</script>",
    "/%3Cscript%3Ealert(1)%3C/script%3E",
    "/1.0.0/linux-amd64/a%0d%0aSet-Cookie:%20evil=1",
    "http://evil.example/%2e%2e/x",
    "*",
  ])("for %s finds nothing, and nothing of it comes back", async (target) => {
    await using server = await openGateway();
    const heard = await server.say(`GET ${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(statusesOf(heard)).toEqual([404]);
    expect(heard).not.toMatch(/script|evil|passwd|set-cookie/i);
    expect(heard).toMatch(/^content-type: text\/plain; charset=utf-8\r$/im);
  });

  test("that takes us for a proxy gets our own page, from nowhere else", async () => {
    await using server = await openGateway();
    const heard = await server.say(`GET http://evil.example/de/ HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(statusesOf(heard)).toEqual([200]);
    expect(heard).not.toContain("evil");
  });

  test("that never comes to its end is cut off", async () => {
    await using server = await openGateway({ timeouts: { head: 100, idle: 100, still: 1000 } });
    expect(statusesOf(await server.say(`GET / HTTP/1.1\r\nX-Slow: `))).toEqual([408]);
    expect(statusesOf(await server.say(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`))).toEqual([200]);
  });

  test("that is nonsense in the middle of a download is no part of it", async () => {
    await using server = await openGateway();
    const size = sampleCatalog().downloads[3]?.size ?? 0;
    const heard = await server.say(`GET /linux-amd64 HTTP/1.1\r\n${HOST}\r\n\u0001\u0002nonsense\r\n\r\n`);
    expect(statusesOf(heard).filter((status) => status === 400)).toEqual([]);
    expect(heard.length).toBeLessThan(size + 2000);
  });

  test("many at once on one connection are answered in their order", async () => {
    await using server = await openGateway();
    const many = Array.from({ length: 32 }, (_, index) => (index % 2 === 0 ? "/healthz" : "/nothing"));
    const words = many.map((path) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`).join("");
    const heard = await server.say(`${words}GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(statusesOf(heard)).toEqual([...many.map((path) => (path === "/healthz" ? 200 : 404)), 200]);
  });

  test("more of them than may wait end the connection", async () => {
    await using server = await openGateway();
    const heard = await server.say(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`.repeat(1000));
    expect(statusesOf(heard).length).toBeLessThan(1000);
    expect(server.requests().length).toBeLessThan(1000);
  });

  test("a tunnel in the middle of a download is no part of it", async () => {
    await using server = await openGateway();
    const heard = await server.say(
      `GET /linux-amd64 HTTP/1.1\r\n${HOST}\r\nCONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`,
    );
    expect(statusesOf(heard).filter((status) => status === 405)).toEqual([]);
  });

  test("is not helped by a name that a publisher has made up", async () => {
    const fileName = 'a"\r\nSet-Cookie: evil=1\r\n\r\n<script>é\u202e.exe';
    const downloads = [sampleDownload("windows/amd64", { fileName, tag: "1.0.0" })];
    await using server = await openGateway({ shelf: openSampleShelf(sampleCatalog({ downloads })) });
    for (const path of ["/windows-amd64", "/", "/SHA256SUMS", "/downloads.json", "/badge.svg"]) {
      const answer = await server.get(path);
      expect([answer.status, answer.headers.get("set-cookie")]).toEqual([200, null]);
    }
    expect(await (await server.get("/")).text()).not.toContain("<script>é");
  });
});

test("a visitor who waits for a slow registry outlasts connections on which nothing moves", async () => {
  const arrived = Promise.withResolvers<void>();
  const shelf = openSampleShelf(sampleCatalog());
  await using server = await openGateway({
    timeouts: { head: 60_000, idle: 60_000, still: 50 },
    shelf: {
      ...shelf,
      async *fetch(blob, signal) {
        await arrived.promise;
        yield* shelf.fetch(blob, signal);
      },
    },
  });
  const heard = server.say(`GET /linux-amd64 HTTP/1.1\r\n${HOST}Range: bytes=-1\r\nConnection: close\r\n\r\n`);
  // Two that were opened later, one after the other.
  expect([await server.say(""), await server.say("")]).toEqual(["", ""]);
  arrived.resolve();
  expect(statusesOf(await heard)).toEqual([206]);
});

test("a connection beyond the most that there may be is closed at once", async () => {
  await using server = await openGateway({ connections: 1 });
  const first = connect(server.gateway.port, "127.0.0.1");
  await once(first, "connect");
  // Only now is it counted.
  first.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`);
  await once(first, "data");
  expect(await server.say(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`)).toBe("");
  first.destroy();
});
