import { describe, expect, test } from "vitest";
import { parseCount, parsePort, parseSize, parseTime } from "../../../src/publisher/quantities.ts";

describe("quantities in options", () => {
  test.each([
    ["500MB", 500_000_000],
    ["5 GB", 5_000_000_000],
    ["1.5gb", 1_500_000_000],
    ["20kB", 20_000],
    ["7B", 7],
    [undefined, 5_000_000_000],
  ])("%s is a size", (text, bytes) => {
    expect(parseSize("--cache-size", text, "5GB")).toBe(bytes);
  });

  test.each(["5", "GB", "5 GiB", "-5GB", "5XB", "9999999TB", ""])("%j is no size", (text) => {
    expect(() => parseSize("--cache-size", text, "5GB")).toThrow("--cache-size wants a size");
  });

  test("say what was wanted", () => {
    expect(() => parseCount("--rate", "0", 120)).toThrow('--rate wants a number above 0, got "0"');
    expect(() => parseTime("--grace", "soon", "30s")).toThrow('--grace wants a duration, got "soon"');
    expect(() => parsePort("65536", 8080)).toThrow('not a port: "65536"');
    expect([parseCount("--rate", "7", 120), parseTime("--grace", "2m", "30s"), parsePort("0", 8080)]).toEqual([
      7, 120_000, 0,
    ]);
  });
});
