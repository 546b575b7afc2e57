import { describe, expect, test } from "vitest";
import { getBlob } from "../../../../src/registry/blobs.ts";
import { RegistryError } from "../../../../src/registry/registryError.ts";
import { blobOf, collect } from "../../../support/bytes.ts";
import { type Misbehaviour, simulateRegistry } from "../../../support/simulatedRegistry.ts";
import { bytes, download, each, parts, play, rests } from "./download.ts";

describe("from a server that gives no parts, the first connection goes on as if nobody had asked", () => {
  test.each<[string, Misbehaviour]>([
    ["all of it", { status: 200 }],
    ["a range that it does not have", { status: 416 }],
    ["too many requests", { status: 429 }],
    ["too many connections", { status: 503 }],
    ["no right to it", { status: 403 }],
    ["another part", { headers: { "content-range": "bytes 0-1999999/40000000" } }],
    ["a part of something larger", { headers: { "content-range": "bytes 3998976-5999999/40000001" } }],
    ["a part of unknown size", { headers: { "content-range": "bytes 3998976-5999999/*" } }],
    ["another version", { headers: { etag: '"other"' } }],
    ["another place's bytes", { shift: 7 }],
    ["nobody listening", { refused: true }],
    ["no answer", { silent: true }],
    ["a connection that breaks at once", { breaksAfter: 0 }],
    ["a connection that breaks soon", { breaksAfter: 300_000 }],
    [
      "a wait that is asked for",
      {
        error: (url) =>
          new RegistryError("temporary", "later", { method: "GET", url, status: 429, retryAfter: 99_000 }),
      },
    ],
  ])("%s", async (_, misbehaviour) => {
    const got = await download(each(1000), ({ part }) => (part ? misbehaviour : undefined));
    expect(rests(got)).toHaveLength(1);
    expect(parts(got).length).toBeLessThanOrEqual(3);
    expect(got.seconds).toBeLessThan(41);
    expect(got.registry.pauses).toEqual([]);
  });

  test("and says so, without a question", async () => {
    const got = await download(each(1000), () => ({ headers: { "accept-ranges": "none" } }));
    expect(got.ranges).toEqual([undefined]);
  });
});

describe("where a later part does not come, one connection goes on from there", () => {
  const LATE = 6;

  test.each<[string, Misbehaviour]>([
    ["all of it", { status: 200 }],
    ["too many requests", { status: 429 }],
    ["too many connections", { status: 503 }],
    ["another version", { headers: { etag: '"other"' } }],
    ["another place's bytes", { shift: 7 }],
  ])("for good: %s", async (_, misbehaviour) => {
    const got = await download(each(1000), ({ index, part }) => (part && index >= LATE ? misbehaviour : undefined));
    expect(rests(got)).toHaveLength(2);
    expect(parts(got).length).toBeLessThanOrEqual(LATE + 3);
  });

  test.each<[string, Misbehaviour]>([
    ["nobody listening", { refused: true }],
    ["a connection that breaks", { breaksAfter: 500_000 }],
  ])("and more of them may be tried a few times: %s", async (_, misbehaviour) => {
    const once = await download(each(1000), ({ index }) => (index === LATE ? misbehaviour : undefined));
    expect(rests(once)).toHaveLength(2);
    expect(once.seconds).toBeLessThan(17);
  });

  test("and is left after three times", async () => {
    // Each breaks shortly before its end, which is when the first connection has been let go.
    const got = await download(each(1000), ({ part }) => (part ? { breaksAfter: 1_990_000 } : undefined));
    expect(rests(got)).toHaveLength(4);
  });

  test("and what came of it is kept", async () => {
    const got = await download(each(1000), ({ index }) => (index === LATE ? { breaksAfter: 501_024 } : undefined));
    const place = Number(/\d+/.exec(got.ranges[LATE] ?? "")?.[0]) + 501_024;
    expect(rests(got)[1]?.range).toBe(`bytes=${place}-`);
  });

  test.each([
    ["that the server asks for", 30_000, [30_000]],
    ["of some seconds where it asks for none", undefined, [10_000]],
  ])("after a wait %s, where its parts were too many for it", async (_, retryAfter, pauses) => {
    const later = (url: URL): Error => {
      const details = { method: "GET", url, status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) };
      return new RegistryError("temporary", "later", details);
    };
    let refusals = 0;
    const got = await download(each(1000), ({ index }) => {
      if (index < LATE || refusals > 1) return undefined;
      refusals += 1;
      return { error: later };
    });
    expect(got.registry.pauses).toEqual(pauses);
  });

  test("and waits once", async () => {
    const later = (url: URL): Error =>
      new RegistryError("temporary", "later", { method: "GET", url, status: 429, retryAfter: 30_000 });
    const registry = simulateRegistry(bytes, ({ index }) => (index < LATE ? undefined : { error: later }));
    // Not with its bytes, which nobody wants to see where it does not fail.
    const work = collect(getBlob(registry.context, blobOf(bytes))).then(() => undefined);
    await expect(play(registry, each(1000), work)).rejects.toMatchObject({ code: "temporary" });
    expect(registry.pauses).toEqual([30_000]);
  });

  test("and is refused as ever where nothing was asked too often", async () => {
    const registry = simulateRegistry(bytes, () => ({
      error: (url) => new RegistryError("temporary", "later", { method: "GET", url, status: 429, retryAfter: 30_000 }),
    }));
    await expect(collect(getBlob(registry.context, blobOf(bytes)))).rejects.toMatchObject({ code: "temporary" });
    expect(registry.pauses).toEqual([]);
  });
});
