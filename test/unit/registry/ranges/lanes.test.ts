import { describe, expect, test } from "vitest";
import { openLanes } from "../../../../src/registry/ranges/lanes.ts";

const HOST = "registry.example";

describe("connections for content of one host", () => {
  test("are one for each blob, however many, and at most four more", () => {
    const lanes = openLanes();
    lanes.enter(HOST);
    const extras = Array.from({ length: 6 }, () => lanes.extra(HOST));
    expect(extras.filter((extra) => extra !== undefined)).toHaveLength(4);
    expect(lanes.extra("other.example")).toBeDefined();
  });

  test("are eight at most with those, as far as nobody needs a first one", () => {
    const lanes = openLanes();
    for (let blob = 0; blob < 6; blob += 1) lanes.enter(HOST);
    const extras = Array.from({ length: 6 }, () => lanes.extra(HOST));
    expect(extras.filter((extra) => extra !== undefined)).toHaveLength(2);
    const leave = lanes.enter(HOST);
    extras[0]?.();
    expect(lanes.extra(HOST)).toBeUndefined();
    leave();
    expect(lanes.extra(HOST)).toBeDefined();
  });

  test("are given back once, however often that is said", () => {
    const lanes = openLanes();
    const extras = Array.from({ length: 4 }, () => lanes.extra(HOST));
    for (let times = 0; times < 3; times += 1) extras[0]?.();
    expect(lanes.extra(HOST)).toBeDefined();
    expect(lanes.extra(HOST)).toBeUndefined();
  });
});
