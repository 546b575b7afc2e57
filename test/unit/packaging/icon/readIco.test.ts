import { describe, expect, test } from "vitest";
import { encodePng } from "../../../../src/packaging/icon/png.ts";
import { readIcon } from "../../../../src/packaging/icon/readIcon.ts";

interface Entry {
  /** Pixels a side, as the directory tells them. */
  readonly size: number;
  readonly picture: Buffer;
}

function icon(entries: readonly Entry[]): Buffer {
  const head = Buffer.alloc(6 + 16 * entries.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(entries.length, 4);
  let offset = head.length;
  for (const [position, { size, picture }] of entries.entries()) {
    const at = 6 + 16 * position;
    head.set([size % 256, size % 256], at);
    head.writeUInt32LE(picture.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += picture.length;
  }
  return Buffer.concat([head, ...entries.map(({ picture }) => picture)]);
}

/** @param height of what is seen: the header has twice as much. */
function bitmap(width: number, height: number, { bits, rest }: { bits: number; rest: readonly number[] }): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(height * 2, 8);
  header.writeUInt16LE(bits, 14);
  return Buffer.concat([header, Buffer.from(rest)]);
}

const read = (...entries: Entry[]): number[] => [...readIcon(icon(entries), "icon.ico").data];
const MASK_OF_NOTHING = [0, 0, 0, 0];

describe("the largest picture of a Windows icon", () => {
  test("is the one with the most colours, wherever it stands", () => {
    const indexed = { size: 1, picture: bitmap(1, 1, { bits: 8, rest: [...Buffer.alloc(1024), 0, 0, 0, 0] }) };
    const coarse = { size: 1, picture: bitmap(1, 1, { bits: 24, rest: [9, 9, 9, 0, ...MASK_OF_NOTHING] }) };
    const full = { size: 1, picture: bitmap(1, 1, { bits: 32, rest: [3, 2, 1, 128, ...MASK_OF_NOTHING] }) };
    for (const order of [
      [indexed, coarse, full],
      [full, coarse, indexed],
    ])
      expect(read(...order)).toEqual([1, 2, 3, 128]);
  });

  test("is shown by its mask when no pixel of it has an opacity", () => {
    const picture = bitmap(2, 1, { bits: 32, rest: [3, 2, 1, 0, 6, 5, 4, 0, 0x40, 0, 0, 0] });
    expect(read({ size: 2, picture })).toEqual([1, 2, 3, 255, 4, 5, 6, 0]);
  });

  test("may come without a mask", () => {
    expect(read({ size: 1, picture: bitmap(1, 1, { bits: 32, rest: [3, 2, 1, 200] }) })).toEqual([1, 2, 3, 200]);
  });
});

describe("a Windows icon", () => {
  const huge = encodePng({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3, 255) });
  huge.writeUInt32BE(5000, 16);
  const outside = icon([{ size: 1, picture: bitmap(1, 1, { bits: 32, rest: [3, 2, 1, 255] }) }]);
  outside.writeUInt32LE(outside.length + 1, 18);

  test.each([
    ["without a picture", icon([]), "icon.ico has no picture"],
    ["with a large PNG", icon([{ size: 256, picture: huge }]), "has 5000 x 1 pixels, more than 4096 a side"],
    [
      "with a large bitmap",
      icon([{ size: 256, picture: bitmap(5000, 1, { bits: 32, rest: [] }) }]),
      "has 5000 x 1 pixels, more than 4096 a side",
    ],
    ["whose picture is elsewhere", outside, "icon.ico cannot be read: it is damaged"],
    ["with a list that is cut short", outside.subarray(0, 20), "icon.ico cannot be read: it is damaged"],
    [
      "without pixels",
      icon([{ size: 1, picture: bitmap(0, 0, { bits: 32, rest: [] }) }]),
      "icon.ico cannot be read: it is damaged",
    ],
    ["of 16 colours", icon([{ size: 1, picture: bitmap(1, 1, { bits: 4, rest: [] }) }]), "has 4 bits for a pixel"],
  ])("%s is refused with a reason", (_, bytes, reason) => {
    expect(() => readIcon(bytes, "icon.ico")).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(reason), hint: expect.any(String) }),
    );
  });
});
