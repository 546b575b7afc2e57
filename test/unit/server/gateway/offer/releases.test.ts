import { setImmediate as settled } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import type { Download } from "../../../../../src/release/download.ts";
import { openReleases } from "../../../../../src/server/gateway/offer/releases.ts";
import { sampleDownload } from "../../../../support/sampleCatalog.ts";

type Files = readonly Download[] | undefined;

function open(readRelease: (tag: string) => Promise<Files>) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const releases = openReleases({
    shelf: {
      async readRelease(tag) {
        asked.push(tag);
        return await readRelease(tag);
      },
    },
    refresh: 60_000,
    now: () => clock.ms,
  });
  return { releases, clock, asked };
}

const files = [sampleDownload("linux/amd64", { tag: "1.0.0" })];

describe("releases", () => {
  test("are read once for all who ask at the same time, and remembered", async () => {
    const { releases, asked } = open(async () => files);
    expect(await Promise.all([releases.files("1.0.0"), releases.files("1.0.0")])).toEqual([files, files]);
    expect(await releases.files("1.0.0")).toBe(files);
    expect(asked).toEqual(["1.0.0"]);
  });

  test("are read again after a while, without anybody waiting, and stay while the registry is away", async () => {
    let answer: Files = files;
    const { releases, clock, asked } = open(async () => {
      if (answer === undefined) throw new AppError("unavailable", "nobody listens there");
      return answer;
    });
    await releases.files("1.0.0");
    answer = undefined;
    clock.ms = 60_000;
    expect(await releases.files("1.0.0")).toBe(files);
    await settled();
    expect(await releases.files("1.0.0")).toBe(files);
    expect(asked).toHaveLength(2);
    answer = [];
    clock.ms = 120_000;
    expect(await releases.files("1.0.0")).toBe(files);
    await settled();
    expect(await releases.files("1.0.0")).toEqual([]);
  });

  test("that were deleted are gone", async () => {
    let answer: Files = files;
    const { releases, clock } = open(async () => answer);
    await releases.files("1.0.0");
    answer = undefined;
    clock.ms = 60_000;
    await releases.files("1.0.0");
    await settled();
    expect(await releases.files("1.0.0")).toBeUndefined();
  });

  test("that are not there are not asked for again soon", async () => {
    const { releases, clock, asked } = open(async () => undefined);
    await releases.files("9.9.9");
    clock.ms = 29_999;
    expect(await releases.files("9.9.9")).toBeUndefined();
    expect(asked).toHaveLength(1);
    clock.ms = 30_000;
    await releases.files("9.9.9");
    expect(asked).toHaveLength(2);
  });

  test("that somebody makes up by the thousand are looked up a bounded number of times", async () => {
    const { releases, clock, asked } = open(async (tag) => (tag === "1.0.0" ? files : undefined));
    await releases.files("1.0.0");
    for (let index = 0; index < 10_000; index += 1) await releases.files(`0.0.${index}`).catch(() => undefined);
    expect(asked).toHaveLength(60);
    await expect(releases.files("2.0.0")).rejects.toThrow("too many versions are being looked up");
    expect(await releases.files("1.0.0")).toBe(files);
    clock.ms = 1000;
    expect(await releases.files("2.0.0")).toBeUndefined();
  });

  test("that somebody makes up all at once wait for no more than a few answers", async () => {
    const { releases, asked } = open(async () => await new Promise(() => undefined));
    const visits = Array.from({ length: 100 }, async (_, index) => await releases.files(`0.0.${index}`));
    const refused = await Promise.allSettled(visits.slice(8));
    expect(refused.every(({ status }) => status === "rejected")).toBe(true);
    expect(asked).toHaveLength(8);
  });
});
