import { expect, test } from "vitest";
import { openRoom } from "../../../../src/publisher/deltas/room.ts";

/** Work that goes on until it is told to end, in the order in which it was begun. */
function openWork(limits: { readonly places: number; readonly bytes: number }) {
  const room = openRoom(limits);
  const begun: string[] = [];
  const endings = new Map<string, PromiseWithResolvers<void>>();
  return {
    begun,
    start(name: string, bytes: number): Promise<void> {
      const ending = Promise.withResolvers<void>();
      endings.set(name, ending);
      return room.use(bytes, async () => {
        begun.push(name);
        await ending.promise;
      });
    },
    end: (name: string) => endings.get(name)?.resolve(),
    fail: (name: string) => endings.get(name)?.reject(new Error(name)),
  };
}

test("as much begins at once as there are places for", async () => {
  const work = openWork({ places: 2, bytes: 100 });
  const all = ["a", "b", "c"].map(async (name) => await work.start(name, 1));
  await Promise.resolve();
  expect(work.begun).toEqual(["a", "b"]);
  work.end("a");
  await all[0];
  expect(work.begun).toEqual(["a", "b", "c"]);
  for (const name of ["b", "c"]) work.end(name);
  await Promise.all(all);
});

test("what does not fit beside others waits for them, and those behind it wait for it", async () => {
  const work = openWork({ places: 9, bytes: 100 });
  const [first, second, third] = [work.start("small", 60), work.start("large", 500), work.start("tiny", 1)];
  await Promise.resolve();
  expect(work.begun).toEqual(["small"]);
  work.end("small");
  await first;
  expect(work.begun).toEqual(["small", "large"]);
  work.end("large");
  await second;
  expect(work.begun).toEqual(["small", "large", "tiny"]);
  work.end("tiny");
  await third;
});

test("work that fails makes room as well", async () => {
  const work = openWork({ places: 1, bytes: 1 });
  const [first, second] = [work.start("a", 1), work.start("b", 1)];
  work.fail("a");
  await expect(first).rejects.toThrow("a");
  expect(work.begun).toEqual(["a", "b"]);
  work.end("b");
  await second;
});
