import { describe, expect, test } from "vitest";
import type { AppError } from "../../../src/errors.ts";
import { openRegistry } from "../../../src/registry/client.ts";
import { isInternal, isLoopback } from "../../../src/registry/endpoints.ts";
import { redactUrl } from "../../../src/redact.ts";
import { parseDiagnostics } from "../../../src/registry/registryError.ts";
import { parseRetryAfter } from "../../../src/registry/retry.ts";
import { openTransport } from "../../../src/registry/transport.ts";
import { blobOf, chunked, noise } from "../../support/bytes.ts";
import { openScripted } from "../../support/client.ts";
import { json, type Script, startScriptedServer } from "../../support/scriptedServer.ts";

/** The first answers have these statuses, the next is the list of tags. */
function failing(...replies: readonly { status: number; headers?: Record<string, string> }[]): Script {
  let count = 0;
  return () => replies[count++] ?? json({ tags: ["1.0.0"] });
}

describe("tries", () => {
  test("follow each other with growing pauses", async () => {
    await using scripted = await openScripted(failing({ status: 503 }, { status: 500 }, { status: 429 }));
    expect(await scripted.repository.tags()).toEqual(["1.0.0"]);
    expect(scripted.pauses).toEqual([125, 250, 500]);
  });

  test("wait as long as the server asks", async () => {
    await using scripted = await openScripted(failing({ status: 429, headers: { "retry-after": "2" } }));
    await scripted.repository.tags();
    expect(scripted.pauses).toEqual([2000]);
  });

  test.each([
    [429, "Try again in 10 minutes. Registries give more to those who log in.", "login"],
    [503, "Try again in 10 minutes.", undefined],
  ])("end at once when %i comes with a long time to wait, with when to come back", async (status, hint, kind) => {
    await using scripted = await openScripted(failing({ status, headers: { "retry-after": "600" } }));
    const error: unknown = await scripted.repository.tags().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "temporary", message: expect.stringContaining("10 minutes"), hint });
    expect((error as AppError).remedy?.kind).toBe(kind);
    expect(scripted.pauses).toEqual([]);
  });

  test.each([
    [503, "unavailable"],
    [429, "temporary"],
    [404, "not-found"],
    [403, "not-allowed"],
    [418, "bad-data"],
  ])("that all end with %i are an error of the kind %s", async (status, code) => {
    await using scripted = await openScripted(() => ({ status }));
    await expect(scripted.repository.tags()).rejects.toMatchObject({ code, status });
  });

  test("are not made where nobody listens: that is being offline", async () => {
    const pauses: number[] = [];
    await using client = openRegistry({ userAgent: "test", sleep: async (ms) => void pauses.push(ms) });
    await expect(client.repository({ host: "127.0.0.1:1", name: "example/app" }).tags()).rejects.toMatchObject({
      code: "unavailable",
      message: "cannot reach 127.0.0.1:1: nobody listens there",
      unreachable: true,
    });
    expect(pauses).toEqual([]);
  });

  test("end with the caller's deadline", async () => {
    await using scripted = await openScripted(() => () => undefined);
    await expect(scripted.repository.tags({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("did not answer in time"),
    });
  });
});

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(parseRetryAfter("7", now)).toBe(7000);
  expect(parseRetryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now)).toBe(60_000);
  expect(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0);
  expect(parseRetryAfter("soon", now)).toBeUndefined();
});

test("addresses inside are told from those outside", () => {
  expect(["localhost", "a.localhost:1", "127.3.2.1:80", "[::1]:5000"].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(["ghcr.io", "localhost.evil.example", "128.0.0.1", "10.0.0.1"].map(isLoopback)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(
    [
      "10.1.2.3",
      "172.16.0.1",
      "172.32.0.1",
      "192.168.1.1:80",
      "169.254.169.254",
      "[fd00::1]",
      "[fe80::1]",
      "8.8.8.8",
    ].map(isInternal),
  ).toEqual([true, true, false, true, true, true, true, false]);
});

test("https to a server without it says how to allow that", async () => {
  await using server = await startScriptedServer(() => ({}));
  await using transport = openTransport({ userAgent: "test", sleep: async () => undefined });
  const url = new URL(`https://${server.address}/v2/`);
  await expect(transport.send({ method: "GET", url })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("does not speak https"),
    remedy: { kind: "plain-http", host: server.address },
  });
});

test("a captive portal is no registry", async () => {
  await using server = await startScriptedServer(() => ({ headers: { "content-type": "text/html" }, body: "<html>" }));
  await using client = openRegistry({ userAgent: "test" });
  await expect(client.ping(server.address)).rejects.toMatchObject({ code: "unavailable" });
});

test("errors keep what a registry says, and no secret of a URL", () => {
  expect(parseDiagnostics('{"errors":[{"code":"DENIED","message":"no"},{"message":"no code"},7]}')).toEqual([
    { code: "DENIED", message: "no" },
  ]);
  expect(parseDiagnostics("<html>")).toEqual([]);
  // Nothing that a server says may steer the terminal that shows it.
  expect(parseDiagnostics('{"errors":[{"code":"A\\u001b[2J","message":"b\\r\\nc"}]}')).toEqual([
    { code: "A [2J", message: "b c" },
  ]);
  expect(redactUrl(new URL("https://me:secret@a.example/b?signature=c"))).toBe("https://a.example/b");
});

describe("uploads", () => {
  const bytes = noise(5000);
  const head: Script = (request) => (request.method === "HEAD" ? { status: 404 } : undefined);

  test("follow a relative Location, and keep its query", async () => {
    await using scripted = await openScripted(
      (request, url) =>
        head(request, url) ??
        (request.method === "POST" ? { status: 202, headers: { location: "/upload/1?_state=abc" } } : { status: 201 }),
    );
    await scripted.repository.push(blobOf(bytes), chunked(bytes));
    expect(scripted.server.log.at(-1)).toBe(
      `PUT /upload/1?_state=abc&digest=${encodeURIComponent(blobOf(bytes).digest)}`,
    );
  });

  test("are not made when the server mounts the blob", async () => {
    await using scripted = await openScripted((request, url) => head(request, url) ?? { status: 201 });
    await scripted.repository.push(blobOf(bytes), chunked(bytes), { mountFrom: "example/other" });
    expect(scripted.server.log).toEqual([
      expect.stringContaining("HEAD"),
      expect.stringMatching(/^POST .*mount=sha256.*from=example%2Fother/),
    ]);
  });

  test("are cancelled when the content is wrong", async () => {
    await using scripted = await openScripted(
      (request, url) =>
        head(request, url) ??
        (request.method === "POST" ? { status: 202, headers: { location: "/upload/1" } } : { status: 201 }),
    );
    await expect(scripted.repository.push(blobOf(bytes), chunked(noise(5000, "other")))).rejects.toMatchObject({
      code: "bad-data",
    });
    expect(scripted.server.log).toContain("DELETE /upload/1");
  });

  test("begin anew when the server failed in the middle", async () => {
    let puts = 0;
    await using scripted = await openScripted((request, url) => {
      if (request.method === "PUT") return (puts += 1) === 1 ? { status: 500 } : { status: 201 };
      return (
        head(request, url) ??
        (request.method === "POST" ? { status: 202, headers: { location: "/upload/1" } } : { status: 204 })
      );
    });
    await scripted.repository.push(blobOf(bytes), chunked(bytes));
    expect(puts).toBe(2);
  });
});
