import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeDelta } from "../../../src/delta/make/makeDelta.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { archivesPath, readInstalled } from "../../../src/store/versions.ts";
import { repair } from "../../../src/update/repair.ts";
import { noise } from "../../support/bytes.ts";
import { openDeltaCase, programOf, type PublishedDelta } from "./deltaCase.ts";

const [old, next, third] = [programOf(1), programOf(2), programOf(3)];
const right: PublishedDelta = { from: old, to: next };

async function openInstalled(deltas: readonly PublishedDelta[] = [right]) {
  const here = await openDeltaCase();
  await here.push("1.0.0", { app: old });
  expect(await here.update()).toMatchObject({ kind: "activated" });
  here.takeFetched();
  const published = await here.push("1.1.0", { app: next }, deltas);
  return { ...here, published };
}

describe("an update", () => {
  test("fetches a delta from what is installed, and nothing else", async () => {
    await using here = await openInstalled();
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual(here.published.deltas);
    expect(next.equals(await here.read("app"))).toBe(true);
    expect(here.context.logged).toContainEqual(
      expect.objectContaining({ event: "delta", from: digestOf(old), to: digestOf(next) }),
    );
  });

  test("takes the smallest of several deltas, also from a version before the last", async () => {
    await using here = await openInstalled([]);
    await here.update();
    here.takeFetched();
    const { deltas } = await here.push("1.2.0", { app: third }, [
      { from: next, to: third, bytes: Buffer.concat([makeDelta(next, third), Buffer.alloc(500)]) },
      { from: old, to: third },
    ]);
    await here.update();
    expect(here.takeFetched()).toEqual([deltas[1]]);
    expect(third.equals(await here.read("app"))).toBe(true);
  });

  test("asks for the deltas of several files side by side", async () => {
    await using here = await openDeltaCase();
    const [library, newer] = [noise(30_000, "library"), noise(30_000, "library")];
    newer.fill(7, 10_000, 10_100);
    await here.push("1.0.0", { app: old, library });
    await here.update();
    here.takeFetched();
    const both = [right, { from: library, to: newer }];
    const { deltas } = await here.push("1.1.0", { app: next, library: newer }, both);
    here.waitFor(2);
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched().sort()).toEqual(deltas.toSorted());
    expect(newer.equals(await here.read("library"))).toBe(true);
  });

  test("fetches no file that is here, under whatever name", async () => {
    await using here = await openDeltaCase();
    const model = noise(5000, "model");
    await here.push("1.0.0", { app: old, model });
    await here.update();
    here.takeFetched();
    const { layers } = await here.push("1.1.0", { app: next, "model.bin": model });
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual([layers[0]]);
    expect(model.equals(await here.read("model.bin"))).toBe(true);
  });

  test("makes a folder of what was in the one before, whatever the program has written into it", async () => {
    await using here = await openDeltaCase();
    const before = { "data/big": noise(60_000, "big"), "data/small": Buffer.from("one") };
    const after = { ...before, "data/small": Buffer.from("two"), "data/sub/new": Buffer.from("new") };
    const same = { app: old };
    await here.push("1.0.0", { ...same, ...before });
    await here.update();
    await writeFile(join(here.current(), "data", "cache"), "the program's own");
    here.takeFetched();
    const delta = { from: await here.tar(before), to: await here.tar(after) };
    const { deltas } = await here.push("1.1.0", { ...same, ...after }, [delta]);
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual(deltas);
    expect(String(await here.read("data/small"))).toBe("two");
    expect(String(await here.read("data/sub/new"))).toBe("new");
    // What came by a delta leads on.
    const last = { ...after, "data/small": Buffer.from("three") };
    const again = { from: delta.to, to: await here.tar(last) };
    const more = await here.push("1.2.0", { ...same, ...last }, [again]);
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual(more.deltas);
    expect(String(await here.read("data/small"))).toBe("three");
  });

  test("fetches a folder whole where nobody knows what it was made of", async () => {
    await using here = await openDeltaCase();
    const before = { app: old, "data/a": noise(9000, "a") };
    const after = { app: old, "data/a": noise(9000, "b") };
    await here.push("1.0.0", before);
    await here.update();
    const [version] = readInstalled(here.paths);
    await rm(archivesPath(here.paths, version?.directory ?? ""));
    here.takeFetched();
    const { layers } = await here.push("1.1.0", after, [
      { from: await here.tar({ "data/a": before["data/a"] }), to: await here.tar({ "data/a": after["data/a"] }) },
    ]);
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual([layers[1]]);
  });
});

describe("an update by a delta fetches the whole file instead, within the same update, when", () => {
  const other = noise(next.byteLength, "other");
  const swapped = Buffer.concat([old.subarray(20_000), old.subarray(0, 20_000)]);
  test.each<[string, PublishedDelta]>([
    ["the registry has lost the delta", { ...right, lost: true }],
    ["it is no delta", { ...right, bytes: noise(300, "rubbish") }],
    ["it is empty", { ...right, bytes: Buffer.alloc(0) }],
    [
      "it makes other content than it says",
      { from: old, to: other, bytes: makeDelta(old, third), claims: { to: digestOf(next) } },
    ],
    ["it makes more than it says", { ...right, bytes: makeDelta(old, Buffer.concat([next, next])) }],
    ["it makes less than it says", { ...right, bytes: makeDelta(old, next.subarray(1)) }],
    ["it starts from other content than it says", { ...right, bytes: makeDelta(swapped, next) }],
  ])("%s", async (_, delta) => {
    await using here = await openInstalled([delta]);
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual([...here.published.deltas, ...here.published.layers]);
    expect(next.equals(await here.read("app"))).toBe(true);
    expect(here.context.logged).toContainEqual(expect.objectContaining({ event: "fetched-whole" }));
  });

  test("somebody has changed a byte of the old file", async () => {
    await using here = await openInstalled();
    await writeFile(
      join(here.current(), "app"),
      Buffer.concat([old.subarray(0, -1), Buffer.from([1 + (old.at(-1) ?? 0)])]),
    );
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(here.takeFetched()).toEqual([...here.published.deltas, ...here.published.layers]);
    expect(next.equals(await here.read("app"))).toBe(true);
  });

  test("the file that is here already was changed", async () => {
    await using here = await openDeltaCase();
    const model = noise(5000, "model");
    await here.push("1.0.0", { app: old, model });
    await here.update();
    await writeFile(join(here.current(), "model"), noise(5000, "another"));
    here.takeFetched();
    const { layers } = await here.push("1.1.0", { app: next, model });
    expect(await here.update()).toMatchObject({ kind: "activated" });
    expect(new Set(here.takeFetched())).toEqual(new Set(layers));
    expect(model.equals(await here.read("model"))).toBe(true);
  });
});

test("an old file of another length is not even tried", async () => {
  await using here = await openInstalled();
  await writeFile(join(here.current(), "app"), "cut");
  await here.update();
  expect(here.takeFetched()).toEqual(here.published.layers);
});

test("an update that is given up says so, and fetches nothing whole", async () => {
  await using here = await openInstalled();
  expect(await here.update(AbortSignal.abort())).toMatchObject({ kind: "skipped" });
  expect(here.takeFetched()).toEqual([]);
});

test("a repair takes what is whole from the damaged version, and fetches the rest", async () => {
  await using here = await openDeltaCase();
  const model = noise(5000, "model");
  const { layers } = await here.push("1.0.0", { app: old, model });
  await here.update();
  await writeFile(join(here.current(), "model"), "damaged");
  here.takeFetched();
  const options = { waitForLock: 0, deadline: 60_000 };
  expect(await repair(here.context, options)).toMatchObject([{ version: "1.0.0", outcome: "fetched" }]);
  expect(here.takeFetched()).toEqual([layers[1]]);
  expect(model.equals(await here.read("model"))).toBe(true);
});
