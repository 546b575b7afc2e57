import { expect, test } from "vitest";
import { cutPart } from "../../../../../src/server/gateway/contents/part.ts";
import { chunked, collect, noise } from "../../../../support/bytes.ts";

const bytes = noise(10_000);

test.each([
  [0, 10_000],
  [0, 1],
  [1020, 1022],
  [1021, 2042],
  [5000, 9999],
  [9999, 10_000],
  [500, 500],
])("from %i to %i of content that comes whole is that part", async (start, end) => {
  expect(await collect(cutPart(chunked(bytes)(0), { start, end }))).toEqual(bytes.subarray(start, end));
});

test("the end of a part is held back until the content has ended well", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield* chunked(bytes)(0);
    throw new Error("wrong digest");
  }
  const got: Uint8Array[] = [];
  const reading = async (): Promise<void> => {
    for await (const chunk of cutPart(failing(), { start: 0, end: 2042 })) got.push(chunk);
  };
  await expect(reading()).rejects.toThrow("wrong digest");
  expect(Buffer.concat(got)).toEqual(bytes.subarray(0, 1021));
});
