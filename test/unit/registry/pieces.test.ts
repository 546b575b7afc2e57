import { describe, expect, test } from "vitest";
import type { Bytes, Content } from "../../../src/oci/storage.ts";
import { openPieces } from "../../../src/registry/pieces.ts";
import { blobOf, chunked, collect, noise } from "../../support/bytes.ts";

const bytes = noise(10_000);
const expected = blobOf(bytes);

/** Content that tells where it was opened, how far it was read, and how many readings are still open. */
function watched(content: Content = chunked(bytes, 1000)) {
  const seen = { opened: [] as number[], read: 0, open: 0 };
  const watching: Content = async function* (offset) {
    seen.opened.push(offset);
    seen.open += 1;
    try {
      for await (const chunk of content(offset)) {
        seen.read += chunk.byteLength;
        yield chunk;
      }
    } finally {
      seen.open -= 1;
    }
  };
  return { seen, content: watching };
}

/** Takes so many chunks, and goes away as a connection does that breaks. */
async function breakOff(reading: Bytes, chunks: number): Promise<void> {
  let count = 0;
  for await (const _ of reading) if ((count += 1) === chunks) return;
}

describe("pieces", () => {
  test("that follow each other are one reading, which is closed at the end", async () => {
    const { seen, content } = watched();
    const read: Buffer[] = [];
    {
      await using pieces = openPieces({ content, expected });
      for (const [start, end] of [
        [0, 3500],
        [3500, 7000],
        [7000, 10_000],
      ] as const)
        read.push(await collect(pieces.read(start, end)));
    }
    expect(read.map(({ byteLength }) => byteLength)).toEqual([3500, 3500, 3000]);
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
    expect(seen).toEqual({ opened: [0], read: 10_000, open: 0 });
  });

  test("are read as they are sent, and no further", async () => {
    const { seen, content } = watched();
    await using pieces = openPieces({ content, expected });
    await breakOff(pieces.read(0, 5000), 2);
    expect(seen.read).toBe(2000);
  });

  test.each([
    ["behind all that was read", 2500, 2000],
    ["before what was read last", 500, 500],
    ["at the beginning", 0, 0],
  ])("that broke off are opened anew where the server stands: %s", async (_, start, from) => {
    const { seen, content } = watched();
    {
      await using pieces = openPieces({ content, expected });
      await breakOff(pieces.read(0, 5000), 2);
      expect((await collect(pieces.read(start, 5000))).equals(bytes.subarray(start, 5000))).toBe(true);
      expect((await collect(pieces.read(5000, 10_000))).equals(bytes.subarray(5000))).toBe(true);
    }
    expect(seen.opened).toEqual([0, from]);
    expect(seen.open).toBe(0);
  });

  test("that broke off while the content is slow stay right when it comes at last", async () => {
    const gate = Promise.withResolvers<void>();
    let openings = 0;
    const { seen, content } = watched(async function* (offset) {
      openings += 1;
      if (openings === 1) await gate.promise;
      yield* chunked(bytes, 5000)(offset);
    });
    {
      await using pieces = openPieces({ content, expected });
      const broken = pieces.read(0, 5000)[Symbol.asyncIterator]();
      const late = broken.next();
      expect((await collect(pieces.read(0, 5000))).equals(bytes.subarray(0, 5000))).toBe(true);
      const gone = broken.return?.();
      gate.resolve();
      await Promise.all([late, gone]);
      expect((await collect(pieces.read(5000, 10_000))).equals(bytes.subarray(5000))).toBe(true);
    }
    expect(seen).toMatchObject({ opened: [0, 0], open: 0 });
  });

  test("that nobody asks for any more leave nothing open", async () => {
    const { seen, content } = watched();
    {
      await using pieces = openPieces({ content, expected });
      await collect(pieces.read(0, 3500));
      expect(seen.open).toBe(1);
    }
    expect(seen.open).toBe(0);
  });

  test.each<[string, Content, string]>([
    ["other bytes", chunked(noise(10_000, "other"), 1000), "wrong digest"],
    ["other bytes at the end", chunked(Buffer.concat([bytes.subarray(0, 9999), Buffer.of(1)]), 1000), "wrong digest"],
    ["too few", chunked(bytes.subarray(0, 9000), 1000), "wrong size"],
    ["too many", chunked(Buffer.concat([bytes, bytes]), 1000), "wrong size"],
  ])("of content with %s never end", async (_, content, message) => {
    await using pieces = openPieces({ content, expected });
    await collect(pieces.read(0, 5000));
    const got: Uint8Array[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of pieces.read(5000, 10_000)) got.push(chunk);
    };
    await expect(read()).rejects.toMatchObject({ code: "bad-data", message: expect.stringContaining(message) });
    expect(Buffer.concat(got).byteLength).toBeLessThan(5000);
  });

  test("count each byte once, however often it is read", async () => {
    await using pieces = openPieces({ content: chunked(bytes, 1000), expected });
    await breakOff(pieces.read(0, 10_000), 7);
    await breakOff(pieces.read(2500, 10_000), 3);
    expect((await collect(pieces.read(100, 10_000))).equals(bytes.subarray(100))).toBe(true);
    expect((await collect(pieces.read(9000, 10_000))).equals(bytes.subarray(9000))).toBe(true);
  });
});
