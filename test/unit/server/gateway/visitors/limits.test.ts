import { describe, expect, test } from "vitest";
import { openLimits } from "../../../../../src/server/gateway/visitors/limits.ts";

function open(options: Partial<Parameters<typeof openLimits>[0]> = {}) {
  const clock = { ms: 0 };
  const limits = openLimits({ rate: 60, downloads: 2, allDownloads: 3, now: () => clock.ms, ...options });
  return { limits, clock };
}

describe("limits", () => {
  test("let half a minute's requests through at once, then one at a time", () => {
    const { limits, clock } = open();
    expect(Array.from({ length: 31 }, () => limits.take("a"))).toEqual([...Array.from({ length: 30 }, () => 0), 1]);
    clock.ms = 999;
    expect(limits.take("a")).toBe(1);
    clock.ms = 1000;
    expect([limits.take("a"), limits.take("a")]).toEqual([0, 1]);
  });

  test("say how long to wait where requests are rare", () => {
    const { limits } = open({ rate: 1 });
    expect([limits.take("a"), limits.take("a")]).toEqual([0, 60]);
  });

  test("save up no more than that, however long somebody stays away", () => {
    const { limits, clock } = open();
    clock.ms = 86_400_000;
    expect(Array.from({ length: 31 }, () => limits.take("a")).filter((wait) => wait === 0)).toHaveLength(30);
  });

  test("hold for each visitor alone", () => {
    const { limits } = open({ rate: 1 });
    expect([limits.take("a"), limits.take("b"), limits.take("a"), limits.take("b")]).toEqual([0, 0, 60, 60]);
  });

  test("have whoever was dear wait longer, and never longer than a good minute", () => {
    const { limits } = open();
    limits.charge("a", 1_000_000);
    expect(limits.take("a")).toBe(61);
  });

  test("remember a bounded number of visitors, and forget who was away for longest", () => {
    const { limits } = open({ rate: 1, addresses: 100 });
    for (let index = 0; index < 10_000; index += 1) {
      limits.take(`visitor ${index}`);
      limits.take("regular");
    }
    expect(limits.remembered).toBe(100);
    expect(limits.take("regular")).toBe(60);
  });

  test("let so many downloads run at once, of one visitor and of all", () => {
    const { limits } = open();
    const [first, second, third] = [0, 1, 2].map(() => limits.startDownload("a"));
    expect([first === undefined, second === undefined, third === undefined]).toEqual([false, false, true]);
    expect(limits.startDownload("b")).toBeDefined();
    expect(limits.startDownload("c")).toBeUndefined();
    expect(limits.running).toBe(3);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    expect(limits.running).toBe(2);
    expect(limits.startDownload("a")).toBeDefined();
    expect(limits.startDownload("a")).toBeUndefined();
  });
});
