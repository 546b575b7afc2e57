import { describe, expect, test } from "vitest";
import { HEARTBEAT_MS, isStale, type Watch } from "../../../src/store/lockAge.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const present = Date.UTC(2026, 0, 10);

/** A lock that was touched so many milliseconds ago, as somebody finds it now. */
function found(age: number, id = "lock") {
  return { owner: undefined, id, touched: present - age, age };
}

/** Whether it is dead to somebody who has looked before, each time after so many milliseconds more. */
function look(ages: readonly number[], every = HEARTBEAT_MS): boolean[] {
  const watch: Watch = { waited: 0, seen: new Map() };
  return ages.map((age) => {
    const stale = isStale(found(age), watch);
    watch.waited += every;
    return stale;
  });
}

describe("to whoever looks once, a lock", () => {
  test.each([
    ["touched just now lives", 0, false],
    ["touched within a minute lives", MINUTE, false],
    ["that was not touched for longer is dead", MINUTE + 1, true],
    ["ahead by less than a minute lives", -MINUTE, false],
    ["ahead by hours may live", -23 * HOUR, false],
    ["ahead by more than a day is dead", -24 * HOUR - 1, true],
  ])("%s", (_, age, stale) => {
    expect(look([age])).toEqual([stale]);
  });
});

describe("to whoever waits, a lock whose time lies hours ahead", () => {
  const ahead = -3 * HOUR;

  test("is dead when it was not touched for two beats", () => {
    expect(look([ahead, ahead, ahead, ahead])).toEqual([false, false, false, true]);
  });

  test("lives when it beats, whatever the clock says", () => {
    expect(look([ahead, ahead, 0, 0, 0])).toEqual([false, false, false, false, false]);
    expect(look([ahead, ahead, ahead - 1, ahead - 1, ahead - 1])).toEqual([false, false, false, false, false]);
  });

  test("is told from another one", () => {
    const watch: Watch = { waited: 0, seen: new Map() };
    expect(isStale(found(ahead), watch)).toBe(false);
    watch.waited = 3 * HEARTBEAT_MS;
    expect(isStale(found(ahead, "next"), watch)).toBe(false);
    expect(isStale(found(ahead), watch)).toBe(true);
  });
});
