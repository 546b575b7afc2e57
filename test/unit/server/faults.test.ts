import { describe, expect, test } from "vitest";
import { contentOf } from "../../../src/oci/storage.ts";
import { anyFault, type Fault, faultOn } from "../../../src/server/registry/faults.ts";
import { blobOf, noise } from "../../support/bytes.ts";
import { openServer } from "./open.ts";

const bytes = noise(100_000);
const path = `blobs/${blobOf(bytes).digest}`;

/** What a client gets that asks for the blob. */
async function ask(fault: Fault) {
  const slept: number[] = [];
  await using server = await openServer("in memory", {
    faults: faultOn(/^GET .*blobs/, fault),
    sleep: async (ms) => void slept.push(ms),
  });
  await server.storage.push(blobOf(bytes), contentOf(bytes));
  const answer = await server.call("GET", path, { redirect: "manual" });
  const body = await answer.arrayBuffer().then(
    (buffer) => Buffer.from(buffer),
    () => undefined,
  );
  return { status: answer.status, headers: answer.headers, body, slept };
}

describe("a fault", () => {
  test("latency waits, then answers honestly", async () => {
    const { body, slept } = await ask({ kind: "latency", ms: 1500 });
    expect(slept).toEqual([1500]);
    expect(body?.equals(bytes)).toBe(true);
  });

  test.each([{ kind: "truncate", after: 70_000 } as const, { kind: "reset", after: 70_000 } as const])(
    "$kind ends the body early",
    async (fault) => {
      expect(await ask(fault)).toMatchObject({ status: 200, body: undefined });
    },
  );

  test("wrong-bytes changes one bit", async () => {
    const { body } = await ask({ kind: "wrong-bytes" });
    expect(body?.byteLength).toBe(bytes.byteLength);
    expect([...bytes].filter((byte, position) => body?.[position] !== byte)).toHaveLength(1);
  });

  test("trickle sends a few bytes at a time, and all of them in the end", async () => {
    const { body, slept } = await ask({ kind: "trickle", ms: 700, bytes: 40_000 });
    expect(body?.equals(bytes)).toBe(true);
    expect(slept.every((ms) => ms === 700)).toBe(true);
    expect(slept.length).toBeGreaterThanOrEqual(3);
  });

  test("drop ends the connection without an answer", async () => {
    await using server = await openServer("in memory", { faults: () => ({ kind: "drop" }) });
    await expect(server.call("GET", "tags/list")).rejects.toThrow("fetch failed");
  });

  test("answer says something else, headers the same under another name", async () => {
    const other = await ask({ kind: "answer", status: 401, headers: { "www-authenticate": "Basic" }, body: "{}" });
    expect([other.status, other.headers.get("www-authenticate"), other.body?.toString()]).toEqual([401, "Basic", "{}"]);
    const named = await ask({ kind: "headers", headers: { "content-type": "text/html" } });
    expect([named.status, named.headers.get("content-type")]).toEqual([200, "text/html"]);
    expect(named.body?.equals(bytes)).toBe(true);
  });

  test("wrong-length announces more than there is, and does not keep anybody waiting", async () => {
    expect(await ask({ kind: "wrong-length", by: 5 })).toMatchObject({ status: 200, body: undefined });
  });

  test("status, html and redirect answer something else", async () => {
    const limited = await ask({ kind: "status", status: 429, retryAfter: "7" });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    const portal = await ask({ kind: "html" });
    expect([portal.status, portal.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const moved = await ask({ kind: "redirect", to: "http://127.0.0.1:1/elsewhere" });
    expect([moved.status, moved.headers.get("location")]).toEqual([307, "http://127.0.0.1:1/elsewhere"]);
  });

  test("hang gives no answer until somebody gives up", async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await openServer("in memory", {
      faults: () => {
        arrived.resolve();
        return { kind: "hang" };
      },
    });
    const asked = server.call("GET", "tags/list").catch((error: Error) => error.message);
    await arrived.promise;
    await server.server[Symbol.asyncDispose]();
    expect(await asked).toBe("fetch failed");
  });

  test("endless sends more than anybody asked for, until somebody gives up", async () => {
    await using server = await openServer("in memory", { faults: () => ({ kind: "endless" }) });
    const { body } = await server.call("GET", "tags/list");
    let size = 0;
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > 1_000_000) break;
    }
    expect(size).toBeGreaterThan(1_000_000);
  });

  test("happens as often as it shall, and the first plan that has one decides", async () => {
    await using server = await openServer("in memory", {
      faults: anyFault(
        faultOn(/^GET \/v2\/$/, { kind: "status", status: 503 }, 2),
        faultOn(/^GET/, { kind: "status", status: 500 }, 1),
        ({ earlier }) => (earlier === 4 ? { kind: "status", status: 403 } : undefined),
      ),
    });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await server.call("GET", "/v2/")).status);
    expect(statuses).toEqual([503, 503, 500, 200, 403, 200]);
  });
});
