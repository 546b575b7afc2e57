import { describe, expect, test } from "vitest";
import { getBlob } from "../../../../src/registry/blobs.ts";
import { blobOf, collect } from "../../../support/bytes.ts";
import { settle, simulateRegistry } from "../../../support/simulatedRegistry.ts";
import { bytes, each, play, tick } from "./download.ts";

describe("a download over several connections", () => {
  /** Reads until there are four. */
  async function begin(signal?: AbortSignal) {
    const registry = simulateRegistry(bytes);
    const options = signal === undefined ? {} : { signal };
    const reader = getBlob(registry.context, blobOf(bytes), options)[Symbol.asyncIterator]();
    while (registry.lines().length < 4) await play(registry, each(1000), reader.next());
    return { registry, reader };
  }

  test("lets all of them go when its reader goes", async () => {
    const { registry, reader } = await begin();
    await reader.return?.();
    expect(registry.lines()).toEqual([]);
  });

  test("lets all of them go when it is called off, and throws the reason", async () => {
    const abort = new AbortController();
    const { registry, reader } = await begin(abort.signal);
    const reason = new Error("enough");
    abort.abort(reason);
    const readOn = async (): Promise<void> => {
      while ((await reader.next()).done !== true);
    };
    await expect(readOn()).rejects.toBe(reason);
    expect(registry.lines()).toEqual([]);
  });

  /** Reads until the parts are all that there is. */
  async function goOn({ registry, reader }: Awaited<ReturnType<typeof begin>>): Promise<void> {
    while (registry.requests.length < 6) await play(registry, each(1000), reader.next());
  }

  test("is called off while it waits for a part", async () => {
    const abort = new AbortController();
    const begun = await begin(abort.signal);
    await goOn(begun);
    const { registry, reader } = begun;
    const state = { waiting: false };
    let next = reader.next();
    while (!state.waiting) {
      state.waiting = true;
      const end = (): void => void (state.waiting = false);
      next.then(end, end);
      await settle();
      if (!state.waiting) next = reader.next();
    }
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(registry.lines()).toEqual([]);
  });

  test("hands out nothing of what has arrived once it is called off", async () => {
    const abort = new AbortController();
    const begun = await begin(abort.signal);
    await goOn(begun);
    // All parts have come.
    for (let ticks = 0; ticks < 50; ticks += 1) {
      tick(begun.registry, each(1000));
      await settle();
    }
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(begun.reader.next()).rejects.toBe(reason);
  });

  test("gives up places that a silent server leaves unused", async () => {
    const registry = simulateRegistry(bytes, ({ part }) => (part ? { silent: true } : undefined));
    const reader = getBlob(registry.context, blobOf(bytes))[Symbol.asyncIterator]();
    while (registry.now() < 6000) await play(registry, each(1000), reader.next());
    const extras = Array.from({ length: 4 }, () => registry.context.lanes.extra("registry.example"));
    expect(extras).not.toContain(undefined);
    await reader.return?.();
  });

  test("uses the place of its first one when that is gone", async () => {
    const registry = simulateRegistry(bytes);
    const two = [0, 1].map(async () => await collect(getBlob(registry.context, blobOf(bytes))));
    await play(registry, each(1000), Promise.all(two));
    // 80 MB over six of them, and the beginning of both over two.
    expect(registry.now()).toBeLessThan(18_000);
  });

  test("holds no more than four parts for a reader that does not come", async () => {
    const { registry } = await begin();
    for (let ticks = 0; ticks < 500; ticks += 1) {
      await settle();
      tick(registry, each(1000));
    }
    // The first connection's bytes wait in the simulation; of the others there are three.
    expect(registry.requests.length).toBe(4);
  });

  test("shares eight connections with others to the same host", async () => {
    const registry = simulateRegistry(bytes);
    const blob = blobOf(bytes);
    const all = Array.from({ length: 4 }, async () => await collect(getBlob(registry.context, blob)));
    const got = await play(registry, each(1000), Promise.all(all));
    for (const one of got) expect(one.equals(bytes)).toBe(true);
    expect(registry.mostLines()).toBe(8);
  });

  test("is not tried again for a blob that did not come right so, and is after that", async () => {
    const registry = simulateRegistry(bytes);
    registry.context.pieced.add(blobOf(bytes).digest);
    await play(registry, each(1000), collect(getBlob(registry.context, blobOf(bytes))));
    expect(registry.requests).toHaveLength(1);
  });
});
