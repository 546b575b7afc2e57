import { expect } from "vitest";
import { getBlob } from "../../../../src/registry/blobs.ts";
import { blobOf, collect, muchNoise } from "../../../support/bytes.ts";
import {
  type Asked,
  drive,
  type Misbehaviour,
  settle,
  type SimulatedRegistry,
  simulateRegistry,
} from "../../../support/simulatedRegistry.ts";

export const MB = 1_000_000;
const TICK_MS = 100;

export const bytes = muchNoise(40 * MB);

/** Bytes a millisecond for each of so many connections. */
export type Speed = (connections: number) => number;
/** As servers that give so much to each. */
export const each: (rate: number) => Speed = (rate) => () => rate;
/** As a line that they share. */
export const shared: (rate: number) => Speed = (rate) => (connections) => rate / connections;

export function tick(registry: SimulatedRegistry, speed: Speed): void {
  registry.advance(TICK_MS);
  const lines = registry.lines();
  for (const line of lines) line.send(speed(lines.length) * TICK_MS);
}

/** Lets time pass until the work is done. */
export async function play<Value>(registry: SimulatedRegistry, speed: Speed, work: Promise<Value>): Promise<Value> {
  return await drive(work, () => tick(registry, speed));
}

interface Download {
  readonly registry: SimulatedRegistry;
  readonly seconds: number;
  readonly ranges: readonly (string | undefined)[];
}

/** Downloads all of it, which is to be right. */
export async function download(
  speed: Speed,
  misbehave?: (asked: Asked) => Misbehaviour | undefined,
): Promise<Download> {
  const registry = simulateRegistry(bytes, misbehave);
  const got = await play(registry, speed, collect(getBlob(registry.context, blobOf(bytes))));
  expect(got.equals(bytes)).toBe(true);
  await settle();
  expect(registry.lines()).toEqual([]);
  // Every place was given back.
  const { lanes } = registry.context;
  for (let blob = 0; blob < 4; blob += 1) lanes.enter("registry.example");
  for (let extra = 0; extra < 4; extra += 1) expect(lanes.extra("registry.example")).toBeDefined();
  const ranges = registry.requests.map(({ range }) => range);
  return { registry, seconds: registry.now() / 1000, ranges };
}

export const parts = ({ registry }: Download): readonly Asked[] => registry.requests.filter(({ part }) => part);
/** Those that ask for all the rest. */
export const rests = ({ registry }: Download): readonly Asked[] => registry.requests.filter(({ part }) => !part);
