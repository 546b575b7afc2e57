import fc from "fast-check";
import { expect, test } from "vitest";
import { getBlob } from "../../src/registry/blobs.ts";
import { RegistryError } from "../../src/registry/registryError.ts";
import { blobOf, collect, muchNoise } from "../support/bytes.ts";
import { drive, type Misbehaviour, simulateRegistry } from "../support/simulatedRegistry.ts";

const bytes = muchNoise(16 * 1024 * 1024);
const blob = blobOf(bytes);

const breaks = fc.integer({ min: 0, max: 2_000_000 }).map((breaksAfter): Misbehaviour => ({ breaksAfter }));
const odd = fc.constantFrom<Misbehaviour>(
  { status: 200 },
  { status: 416 },
  { status: 429 },
  { status: 500 },
  { refused: true },
  { headers: { etag: '"other"' } },
  { headers: { "content-range": "bytes 0-1/2" } },
  { shift: 1 },
);
/** What becomes of one request after the other, from the first on; what is not said goes well. */
const fates = (fate: fc.Arbitrary<Misbehaviour>): fc.Arbitrary<(Misbehaviour | undefined)[]> =>
  fc.array(fc.option(fate, { freq: 3, nil: undefined }), { maxLength: 30 });

/** Which connection brings how much next, and after how long; from the front again when all of it has happened. */
const arrivals = fc.array(
  fc.record({
    line: fc.nat(20),
    count: fc.integer({ min: 1, max: 900_000 }),
    ms: fc.integer({ min: 0, max: 600 }),
  }),
  { minLength: 1, maxLength: 60 },
);

const day = fc.record({
  arrivals,
  parts: fates(fc.oneof(breaks, odd)),
  wholes: fates(breaks),
});

type Day = typeof day extends fc.Arbitrary<infer Value> ? Value : never;

async function play({ arrivals, parts, wholes }: Day) {
  const fates = { parts: [...parts], wholes: [...wholes] };
  const registry = simulateRegistry(bytes, ({ part }) => (part ? fates.parts : fates.wholes).shift());
  const work = collect(getBlob(registry.context, blob)).then(
    (got) => ({ same: got.equals(bytes), error: undefined }),
    (error: unknown) => ({ same: false, error }),
  );
  const result = await drive(work, (step) => {
    const { line, count, ms } = arrivals[step % arrivals.length] ?? { line: 0, count: 1, ms: 0 };
    const lines = registry.lines();
    registry.advance(ms);
    // Those that bring little, again and again, would take all day.
    lines[line % lines.length]?.send(count + step * 100);
  });
  expect(registry.lines()).toEqual([]);
  expect(registry.mostLines()).toBeLessThanOrEqual(4);
  return { ...result, split: registry.requests.some(({ part }) => part) };
}

test("a blob is the same in whatever order its parts come, and whatever becomes of them", async () => {
  let split = 0;
  await fc.assert(
    fc.asyncProperty(day, async (day) => {
      const result = await play({ ...day, wholes: [] });
      expect(result).toMatchObject({ same: true, error: undefined });
      split += result.split ? 1 : 0;
    }),
    { numRuns: 200 },
  );
  expect(split).toBeGreaterThan(40);
}, 120_000);

test("a blob fails only as it does over one connection", async () => {
  await fc.assert(
    fc.asyncProperty(day, async (day) => {
      const { same, error } = await play(day);
      if (same) return;
      expect(error).toBeInstanceOf(RegistryError);
      expect(error).toMatchObject({ code: "unavailable" });
      // So many in a row that brought nothing.
      expect(day.wholes.filter((fate) => fate?.breaksAfter !== undefined).length).toBeGreaterThan(2);
    }),
    { numRuns: 100 },
  );
}, 120_000);
