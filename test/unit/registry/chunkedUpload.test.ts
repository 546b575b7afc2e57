import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import type { Content } from "../../../src/oci/storage.ts";
import type { UploadOptions } from "../../../src/registry/upload.ts";
import { blobOf, chunked, noise } from "../../support/bytes.ts";
import { openScripted } from "../../support/client.ts";
import type { Reply, Script } from "../../support/scriptedServer.ts";

const bytes = noise(10_000);
const blob = blobOf(bytes);
const IN_CHUNKS: UploadOptions = { chunkBytes: 4000 };

interface Upload {
  readonly script: Script;
  /** `Content-Range` of each PATCH. */
  readonly ranges: (string | undefined)[];
  readonly seen: string[];
}

type Answers = Partial<Record<"HEAD" | "POST" | "PATCH" | "GET" | "PUT", (count: number) => Reply>>;

/** A server that takes chunks at /u/1, /u/2 ...: a new address after each, but for these answers. */
function uploads(answers: Answers = {}): Upload {
  const ranges: (string | undefined)[] = [];
  const seen: string[] = [];
  const counts = new Map<string, number>();
  const next = (): Reply => ({ status: 202, headers: { location: `/u/${seen.length}?state=${seen.length}` } });
  const script = ({ method = "", headers }: IncomingMessage, url: URL): Reply => {
    if (method === "PATCH") ranges.push(headers["content-range"]);
    seen.push(`${method} ${url.pathname}`);
    const count = (counts.get(method) ?? 0) + 1;
    counts.set(method, count);
    const special = answers[method as keyof Answers]?.(count);
    if (special !== undefined) return special.status === 202 ? { ...next(), ...special } : special;
    if (method === "HEAD") return { status: 404 };
    if (method === "POST" || method === "PATCH") return next();
    return { status: method === "PUT" ? 201 : 204 };
  };
  return { script, ranges, seen };
}

describe("a blob in chunks", () => {
  test("goes in order, each to the newest address, and is closed with its digest", async () => {
    const { script, ranges, seen } = uploads();
    await using scripted = await openScripted(script);
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    expect(ranges).toEqual(["0-3999", "4000-7999", "8000-9999"]);
    expect(seen.slice(1)).toEqual([
      "POST /v2/example/app/blobs/uploads/",
      "PATCH /u/2",
      "PATCH /u/3",
      "PATCH /u/4",
      "PUT /u/5",
    ]);
    expect(scripted.server.log.at(-1)).toContain(`state=5&digest=${encodeURIComponent(blob.digest)}`);
  });

  test("comes in larger ones where the server wants no smaller", async () => {
    const { script, ranges } = uploads({
      POST: () => ({ status: 202, headers: { location: "/u/1", "oci-chunk-min-length": "6000" } }),
    });
    await using scripted = await openScripted(script);
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    expect(ranges).toEqual(["0-5999", "6000-9999"]);
  });

  test.each([
    ["has nothing of it", { range: "0-3999" }, "4000-7999"],
    ["has a part of it", { range: "0-4999" }, "5000-7999"],
    ["has all of it, and only its answer was lost", { range: "bytes=0-7999" }, "8000-9999"],
  ])("that fails goes on where the server stands when it %s", async (_, headers, after) => {
    const { script, ranges, seen } = uploads({
      PATCH: (count) => ({ status: count === 2 ? 416 : 202 }),
      GET: () => ({ status: 204, headers: { ...headers, location: "/u/resumed" } }),
    });
    await using scripted = await openScripted(script);
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    expect(ranges.slice(0, 3)).toEqual(["0-3999", "4000-7999", after]);
    expect(seen).toContain("PATCH /u/resumed");
    expect(scripted.pauses).toHaveLength(1);
  });

  test("begins anew where the server lost what it had", async () => {
    const { script, ranges } = uploads({
      PATCH: (count) => ({ status: count === 2 ? 500 : 202 }),
      GET: () => ({ status: 204 }),
    });
    await using scripted = await openScripted(script);
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    expect(ranges).toEqual(["0-3999", "4000-7999", "0-3999", "4000-7999", "8000-9999"]);
  });

  test("begins anew where the server forgot the upload", async () => {
    const { script, ranges } = uploads({ PATCH: (count) => ({ status: count === 2 ? 404 : 202 }) });
    await using scripted = await openScripted(script);
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    expect(ranges).toHaveLength(5);
  });

  test("is not sent again and again to a server that refuses it", async () => {
    const { script, ranges } = uploads({ PATCH: () => ({ status: 403 }) });
    await using scripted = await openScripted(script);
    await expect(scripted.repository.push(blob, chunked(bytes), IN_CHUNKS)).rejects.toMatchObject({
      code: "not-allowed",
    });
    expect(ranges).toHaveLength(1);
  });

  test("gives up on a server that never takes it", async () => {
    const { script, ranges } = uploads({
      PATCH: () => ({ status: 416 }),
      GET: () => ({ status: 204 }),
    });
    await using scripted = await openScripted(script);
    await expect(scripted.repository.push(blob, chunked(bytes), IN_CHUNKS)).rejects.toMatchObject({ status: 416 });
    expect(ranges).toHaveLength(4);
  });

  test("is never closed when the content is wrong, even where it differs only after a resync", async () => {
    const { script, seen } = uploads({
      PATCH: (count) => ({ status: count === 2 ? 416 : 202 }),
      GET: () => ({ status: 204, headers: { range: "0-3999", location: "/u/resumed" } }),
    });
    const wrong: Content = chunked(Buffer.concat([bytes.subarray(0, 6000), noise(4000, "other")]));
    await using scripted = await openScripted(script);
    await expect(scripted.repository.push(blob, wrong, IN_CHUNKS)).rejects.toMatchObject({ code: "bad-data" });
    expect(seen.filter((line) => line.startsWith("PUT"))).toEqual([]);
    // The newest address, not the first: only that one is known to the server.
    expect(seen.slice(-2)).toEqual(["PATCH /u/resumed", "DELETE /u/6"]);
  });

  test("that differs when a part of it is read again is refused by the server, and nothing is stored", async () => {
    const { script, seen } = uploads({
      PATCH: (count) => ({ status: count === 2 ? 416 : 202 }),
      GET: () => ({ status: 204, headers: { range: "0-3999" } }),
      PUT: () => ({ status: 400, body: '{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}' }),
    });
    let openings = 0;
    const changing: Content = (offset) =>
      chunked((openings += 1) === 1 ? bytes : Buffer.concat([noise(6000, "other"), bytes.subarray(6000)]))(offset);
    await using scripted = await openScripted(script);
    await expect(scripted.repository.push(blob, changing, IN_CHUNKS)).rejects.toMatchObject({
      code: "bad-data",
      errors: [{ code: "DIGEST_INVALID" }],
    });
    expect(seen.filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  test("is sent again whole when a piece of it met a token that had expired", async () => {
    const received: string[] = [];
    const { script } = uploads({
      PATCH: (count) => (count === 2 ? { status: 401, headers: { "www-authenticate": "Basic" } } : { status: 202 }),
    });
    await using scripted = await openScripted(script, {
      credentials: async () => ({ kind: "basic", username: "me", password: "secret" }),
    });
    scripted.server.onBody((method, body) => void (method === "PATCH" && received.push(blobOf(body).digest)));
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    const [first, second, third] = [
      [0, 4000],
      [4000, 8000],
      [8000, 10_000],
    ].map(([start, end]) => blobOf(bytes.subarray(start, end)).digest);
    expect(received).toEqual([first, second, second, third]);
  });

  test("says how long each piece is", async () => {
    const lengths: (string | undefined)[] = [];
    const { script } = uploads();
    await using scripted = await openScripted((request, url) => {
      if (request.method === "PATCH") lengths.push(request.headers["content-length"]);
      return script(request, url);
    });
    await scripted.repository.push(blob, chunked(bytes), IN_CHUNKS);
    expect(lengths).toEqual(["4000", "4000", "2000"]);
  });

  test("that the server closed early is there, whatever the closing request says", async () => {
    const { script } = uploads({
      HEAD: (count) => ({ status: count === 1 ? 404 : 200 }),
      PATCH: (count) => ({ status: count === 3 ? 201 : 202 }),
      PUT: () => ({ status: 404 }),
    });
    await using scripted = await openScripted(script);
    await expect(scripted.repository.push(blob, chunked(bytes), IN_CHUNKS)).resolves.toBeUndefined();
  });

  test("that the server only seemed to close early is an error", async () => {
    const { script } = uploads({
      PATCH: (count) => ({ status: count === 3 ? 201 : 202 }),
      PUT: () => ({ status: 400 }),
    });
    await using scripted = await openScripted(script);
    await expect(scripted.repository.push(blob, chunked(bytes), IN_CHUNKS)).rejects.toMatchObject({ status: 400 });
  });

  test("arrives byte for byte when a chunk is longer than what is sent at once", async () => {
    const long = noise(400_000);
    const received: Buffer[] = [];
    const { script } = uploads();
    await using scripted = await openScripted((request, url) => script(request, url));
    scripted.server.onBody((method, body) => void (method === "PATCH" && received.push(body)));
    await scripted.repository.push(blobOf(long), chunked(long, 70_001), { chunkBytes: 150_000 } as UploadOptions);
    expect(received.map(({ byteLength }) => byteLength)).toEqual([150_000, 150_000, 100_000]);
    expect(Buffer.concat(received).equals(long)).toBe(true);
  });
});
