import { describe, expect, test } from "vitest";
import { getBlob } from "../../../../src/registry/blobs.ts";
import { blobOf, collect } from "../../../support/bytes.ts";
import { simulateRegistry } from "../../../support/simulatedRegistry.ts";
import { bytes, download, each, MB, parts, play, rests, shared, type Speed, tick } from "./download.ts";

describe("a large blob", () => {
  test("comes over four connections from a server that gives little to each", async () => {
    const got = await download(each(1000));
    expect(got.registry.mostLines()).toBe(4);
    // 2 MB over one connection, and 38 over four.
    expect(got.seconds).toBeLessThan(14);
    // Each part begins with the end of the one before it.
    expect(got.ranges.slice(0, 4)).toEqual([
      undefined,
      "bytes=3998976-5999999",
      "bytes=5998976-7999999",
      "bytes=7998976-9999999",
    ]);
  });

  test("goes on so where it was interrupted before", async () => {
    const registry = simulateRegistry(bytes);
    const rest = await play(
      registry,
      each(1000),
      collect(getBlob(registry.context, blobOf(bytes), { offset: 10 * MB })),
    );
    expect(rest.equals(bytes.subarray(10 * MB))).toBe(true);
    expect(registry.mostLines()).toBe(4);
  });

  test.each<[string, Speed]>([
    ["a fast line", each(9000)],
    [
      "a line that is slow only now and then",
      (() => {
        let ticks = 0;
        return () => ((ticks += 1) % 20 === 0 ? 100 : 12_000);
      })(),
    ],
  ])("is one request on %s", async (_, speed) => {
    expect((await download(speed)).ranges).toEqual([undefined]);
  });

  test("is split when a line that was fast becomes slow", async () => {
    let sent = 0;
    const got = await download(() => {
      sent += 1;
      return sent < 25 ? 8400 : 500;
    });
    expect(parts(got).length).toBeGreaterThan(3);
  });

  test("is one request for a reader that is slower than the line", async () => {
    const registry = simulateRegistry(bytes);
    const read = async (): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of getBlob(registry.context, blobOf(bytes))) {
        chunks.push(chunk);
        // The line goes on while the disk is busy.
        for (let ticks = 0; ticks < 5; ticks += 1) tick(registry, each(200));
      }
      return Buffer.concat(chunks);
    };
    expect((await play(registry, each(200), read())).equals(bytes)).toBe(true);
    expect(registry.requests).toHaveLength(1);
  });

  test("goes back to one connection where more are not faster", async () => {
    const got = await download(shared(1000));
    expect(parts(got).length).toBeLessThanOrEqual(6);
    expect(rests(got)).toHaveLength(2);
    expect(got.seconds).toBeLessThan(42);
  });

  test("of which little is left is one request", async () => {
    const registry = simulateRegistry(bytes);
    const offset = bytes.byteLength - 9 * MB;
    await play(registry, each(1000), collect(getBlob(registry.context, blobOf(bytes), { offset })));
    expect(registry.requests).toHaveLength(1);
  });
});
