import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import type { Catalog } from "../../../../../src/page/catalog.ts";
import { type OfferEvent, openOffer } from "../../../../../src/server/gateway/offer/offer.ts";
import { sampleCatalog } from "../../../../support/sampleCatalog.ts";

const away = new AppError("unavailable", "nobody listens there");

/** A shelf that answers when the test says so, on a clock of the test's. */
function open(kept?: Catalog) {
  const clock = { ms: 0 };
  const events: OfferEvent["kind"][] = [];
  const written: Catalog[] = [];
  const asked: PromiseWithResolvers<Catalog>[] = [];
  const offer = openOffer({
    shelf: {
      async readCatalog() {
        const answer = Promise.withResolvers<Catalog>();
        asked.push(answer);
        return await answer.promise;
      },
    },
    refresh: 60_000,
    now: () => clock.ms,
    kept,
    keep: async (catalog) => void written.push(catalog),
    onEvent: ({ kind }) => events.push(kind),
  });
  return { offer, clock, events, asked, written };
}

const [first, second] = [sampleCatalog(), sampleCatalog({ downloads: [] })];

describe("what is offered", () => {
  test("is read once for all who come first", async () => {
    const { offer, asked, written } = open();
    const visits = [offer.catalog(), offer.catalog(), offer.catalog()];
    expect(asked).toHaveLength(1);
    asked[0]?.resolve(first);
    expect(await Promise.all(visits)).toEqual([first, first, first]);
    expect([offer.age, offer.stale, written]).toEqual([0, false, [first]]);
  });

  test("is read again after a while, and nobody waits for it", async () => {
    const { offer, clock, asked } = open();
    const reading = offer.refresh();
    asked[0]?.resolve(first);
    await reading;
    clock.ms = 59_999;
    await offer.catalog();
    expect(asked).toHaveLength(1);
    clock.ms = 60_000;
    expect(await offer.catalog()).toBe(first);
    expect(await offer.catalog()).toBe(first);
    expect(asked).toHaveLength(2);
    const again = offer.refresh();
    asked[1]?.resolve(second);
    await again;
    expect(asked).toHaveLength(2);
    expect(await offer.catalog()).toBe(second);
  });

  test("stays what it was while the registry is away, which is told once", async () => {
    const { offer, clock, events, asked, written } = open();
    const read = async (answer: Catalog | undefined): Promise<void> => {
      const reading = offer.refresh();
      const last = asked.at(-1);
      if (answer === undefined) last?.reject(away);
      else last?.resolve(answer);
      await reading;
      clock.ms += 60_000;
    };
    for (const answer of [first, undefined, undefined]) await read(answer);
    expect([offer.stale, offer.age]).toEqual([true, 180_000]);
    const [stayed] = await Promise.all([offer.catalog(), read(second)]);
    expect(stayed).toBe(first);
    expect(events).toEqual(["read", "failed", "lost", "failed", "read", "found"]);
    expect([offer.stale, written]).toEqual([false, [first, second]]);
  });

  test("is asked for again soon, but not by everybody who comes meanwhile", async () => {
    const { offer, clock, asked, events } = open();
    const visit = offer.catalog();
    asked[0]?.reject(away);
    await expect(visit).rejects.toBe(away);
    clock.ms = 4999;
    await expect(offer.catalog()).rejects.toBe(away);
    expect(asked).toHaveLength(1);
    clock.ms = 5000;
    const later = offer.catalog();
    asked[1]?.resolve(first);
    expect(await later).toBe(first);
    // Nothing was there that could have been offered on.
    expect(events).toEqual(["failed", "read"]);
  });

  test("is what an earlier run has kept, until the registry answers", async () => {
    const { offer, asked } = open(first);
    expect(await offer.catalog()).toBe(first);
    expect(offer.age).toBeUndefined();
    const reading = offer.refresh();
    asked[0]?.resolve(second);
    await reading;
    expect(await offer.catalog()).toBe(second);
  });

  test("survives a shelf that throws at once", async () => {
    const offer = openOffer({
      shelf: {
        readCatalog: () => {
          throw away;
        },
      },
      refresh: 1,
      now: () => 0,
      kept: undefined,
      keep: async () => undefined,
      onEvent: () => undefined,
    });
    await offer.refresh();
    await offer.refresh();
    await expect(offer.catalog()).rejects.toBe(away);
  });
});
