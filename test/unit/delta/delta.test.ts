import { describe, expect, test } from "vitest";
import { applyDelta } from "../../../src/delta/applyDelta.ts";
import { makeDelta } from "../../../src/delta/make/makeDelta.ts";
import { AppError } from "../../../src/errors.ts";
import { collect, noise } from "../../support/bytes.ts";
import { linkedProgram } from "../../support/linkedProgram.ts";

const text = Buffer.from(Array.from({ length: 3000 }, (_, line) => `line ${line}: ${(line * line) % 977}\n`).join(""));
const insertion = Buffer.concat([text.subarray(0, 20_000), Buffer.from("something new\n"), text.subarray(20_000)]);

describe("makes the new content from the old", () => {
  const cases: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ["nothing from nothing", Buffer.alloc(0), Buffer.alloc(0)],
    ["something from nothing", Buffer.alloc(0), text],
    ["nothing from something", text, Buffer.alloc(0)],
    ["one byte from another", Buffer.of(1), Buffer.of(2)],
    ["the same", text, text],
    ["with something put in", text, insertion],
    ["with something taken out", insertion, text],
    ["with nothing in common", noise(50_000, "one"), noise(60_000, "other")],
    ["turned around", text, Buffer.concat([text.subarray(30_000), text.subarray(0, 30_000)])],
    ["zeros", Buffer.alloc(100_000), Buffer.alloc(100_001)],
    ["a program for x86-64", linkedProgram(), linkedProgram({ growth: 48 })],
    [
      "a program for arm64",
      linkedProgram({ architecture: "arm64" }),
      linkedProgram({ architecture: "arm64", growth: 48 }),
    ],
    ["a program that was cut short", linkedProgram(), linkedProgram({ growth: 4 }).subarray(0, 20_001)],
  ];

  test.each(cases)("%s", async (_name, before, after) => {
    const made = await collect(applyDelta(before, makeDelta(before, after), { size: after.byteLength }));
    expect(made.equals(after)).toBe(true);
  });
});

test("is small where little is new", () => {
  expect(makeDelta(text, insertion).byteLength).toBeLessThan(100);
});

test.each(["x64", "arm64"] as const)("foretells what moved in a program for %s", (architecture) => {
  const [before, after] = [linkedProgram({ architecture }), linkedProgram({ architecture, growth: 48 })];
  let changed = 0;
  for (let at = 0; at < before.length; at += 1) {
    // What lies behind the function that grew is compared with what it was.
    if (before[at] !== after[at < 64 + 11 * 96 ? at : at + 48]) changed += 1;
  }
  expect(changed).toBeGreaterThan(700);
  expect(makeDelta(before, after).byteLength).toBeLessThan(400);
});

test("is the same whenever it is made", () => {
  const [before, after] = [linkedProgram(), linkedProgram({ growth: 20 })];
  expect(Buffer.compare(makeDelta(before, after), makeDelta(Buffer.from(before), Buffer.from(after)))).toBe(0);
});

test("goes by whole chunks, so that timers get their turn", async () => {
  const [before, after] = [noise(1_000_000), Buffer.concat([Buffer.from("new"), noise(1_000_000)])];
  let chunks = 0;
  for await (const chunk of applyDelta(before, makeDelta(before, after), { size: after.byteLength })) {
    chunks += chunk.byteLength > 0 ? 1 : 0;
  }
  expect(chunks).toBeGreaterThan(2);
});

test("ends when it is called off", async () => {
  const abort = new AbortController();
  const [before, after] = [noise(1_000_000), Buffer.concat([Buffer.from("new"), noise(1_000_000)])];
  const reason = new Error("called off");
  const apply = async (): Promise<void> => {
    for await (const _ of applyDelta(before, makeDelta(before, after), {
      size: after.byteLength,
      signal: abort.signal,
    })) {
      abort.abort(reason);
    }
  };
  await expect(apply()).rejects.toBe(reason);
});

describe("a delta that is none", () => {
  const [before, after] = [linkedProgram(), linkedProgram({ growth: 48 })];
  const delta = makeDelta(before, after);
  const outcome = async (changed: Uint8Array, size = after.byteLength): Promise<"refused" | "other" | "right"> => {
    try {
      const made = await collect(applyDelta(before, changed, { size }));
      expect(made.byteLength).toBeLessThanOrEqual(size);
      return made.equals(after) ? "right" : "other";
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).code).toBe("bad-data");
      return "refused";
    }
  };

  // The last bytes say little: without them it may still be right, and whoever applies it looks at the digest anyway.
  test("is refused or makes something else, wherever it is cut short", async () => {
    const outcomes = new Set<string>();
    for (let length = 0; length < delta.length * 0.9; length += 5)
      outcomes.add(await outcome(delta.subarray(0, length)));
    expect(outcomes).toContain("refused");
    expect(outcomes).not.toContain("right");
  });

  test("is refused or makes something, whichever byte is another", async () => {
    const outcomes = new Set<string>();
    for (let at = 0; at < delta.length; at += 3) {
      const changed = Buffer.from(delta);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      outcomes.add(await outcome(changed));
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(["other", "refused"]));
  });

  test("never makes more than it may", async () => {
    expect(await outcome(delta, after.byteLength - 1)).not.toBe("right");
    expect(await outcome(delta, 10)).not.toBe("right");
  });

  test.each([
    ["of another format", Buffer.from("SLWD\u0002\u0001")],
    ["of another method", Buffer.from("SLWD\u0001\u0009")],
    ["of something else altogether", Buffer.from("BSDIFF40")],
    ["that is empty", Buffer.alloc(0)],
  ])("%s is refused", async (_name, bytes) => {
    expect(await outcome(bytes)).toBe("refused");
  });
});
