import { describe, expect, test } from "vitest";
import { blobOf, collect, muchNoise, noise } from "../../../support/bytes.ts";
import { openScripted } from "../../../support/client.ts";
import { type Script, startScriptedServer } from "../../../support/scriptedServer.ts";

describe("a blob over several connections", () => {
  const large = muchNoise(20 * 1024 * 1024);
  const largeBlob = blobOf(large);
  // Behind the place where it is split, which is where twenty chunks of 256 KiB have come, and before the first part.
  const HELD_AT = 6_000_000;
  /** Serves it with Range, the parts of it from these bytes; the first answer waits in its middle for two of them. */
  const serving = (partsOf: Buffer): Script => {
    let parts = 0;
    let goOn = (): void => undefined;
    return ({ headers }) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
      if (from === undefined || to === undefined) {
        parts = 0;
        return (response) => {
          response.writeHead(200, { "content-length": large.byteLength }).write(large.subarray(0, HELD_AT));
          goOn = () => response.end(large.subarray(HELD_AT));
        };
      }
      parts += 1;
      // The second is asked for when the first has begun to come.
      if (parts === 2) goOn();
      return {
        status: 206,
        headers: { "content-range": `bytes ${from}-${to}/${large.byteLength}` },
        body: partsOf.subarray(Number(from), Number(to) + 1),
      };
    };
  };
  /** By which a tenth of a second passes whenever somebody looks. */
  const slowClock = () => {
    let now = 0;
    return () => (now += 100);
  };

  test("is asked for at the registry each time, because a redirect's address expires", async () => {
    await using storage = await startScriptedServer(serving(large));
    await using scripted = await openScripted(
      () => ({ status: 307, headers: { location: `http://${storage.address}/signed?signature=1` } }),
      { clock: slowClock() },
    );
    expect(large.equals(await collect(scripted.repository.fetch(largeBlob)))).toBe(true);
    expect(storage.log.length).toBeGreaterThan(3);
    expect(scripted.server.log).toHaveLength(storage.log.length);
  });

  test("is asked for a part that is refused only once, and then for no other", async () => {
    const good = serving(large);
    await using scripted = await openScripted(
      (request, url) => {
        const answer = good(request, url);
        if (!/-\d+$/.test(request.headers.range ?? "")) return answer;
        // As if for a second one: the first answer goes on.
        good(request, url);
        return { status: 503, headers: { "retry-after": "1" } };
      },
      { clock: slowClock() },
    );
    expect(large.equals(await collect(scripted.repository.fetch(largeBlob)))).toBe(true);
    expect(scripted.server.log).toHaveLength(2);
    expect(scripted.pauses).toEqual([]);
  });

  test("that proves to be wrong comes over one the next time it is asked for", async () => {
    const wrong = Buffer.from(large);
    // In the middle of what comes in parts.
    wrong.fill(0, 13_000_000, 13_000_010);
    const inParts = serving(wrong);
    let parted = true;
    await using scripted = await openScripted((request, url) => (parted ? inParts(request, url) : { body: large }), {
      clock: slowClock(),
    });
    // Not with its bytes, which nobody wants to see where it does not fail.
    const failing = async ({ repository }: typeof scripted) => void (await collect(repository.fetch(largeBlob)));
    await expect(failing(scripted)).rejects.toMatchObject({ comesOtherwise: true });
    const requests = scripted.server.log.length;
    parted = false;
    expect(large.equals(await collect(scripted.repository.fetch(largeBlob)))).toBe(true);
    expect(scripted.server.log).toHaveLength(requests + 1);
    // It was right: from now on it may come in parts again.
    parted = true;
    await expect(failing(scripted)).rejects.toMatchObject({ comesOtherwise: true });
  });

  test("that is wrong from the start will not come otherwise", async () => {
    await using scripted = await openScripted(() => ({ body: noise(10_000, "other") }));
    await expect(collect(scripted.repository.fetch(blobOf(noise(10_000))))).rejects.toMatchObject({
      comesOtherwise: false,
    });
  });
});
