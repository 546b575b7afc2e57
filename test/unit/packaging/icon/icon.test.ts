import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { composeIcns } from "../../../../src/packaging/icon/icns.ts";
import { composeIco } from "../../../../src/packaging/icon/ico.ts";
import { resize, type RgbaImage } from "../../../../src/packaging/icon/image.ts";
import { decodePng, encodePng } from "../../../../src/packaging/icon/png.ts";
import { readIcon } from "../../../../src/packaging/icon/readIcon.ts";
import { hasProgram } from "../../../support/peer.ts";
import { sampleIcon } from "../../../support/sampleIcon.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";

const plain = (width: number, height: number, pixel: readonly number[]): RgbaImage => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 4 }, (_, at) => pixel[at % 4]!),
});
const at = ({ width, data }: RgbaImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];
const sample = (size: number): RgbaImage => {
  const { width, height, data } = decodePng(sampleIcon(size));
  return { width, height, data: Uint8Array.from(data) };
};

describe("a picture that is scaled", () => {
  test.each([1, 7, 16, 100, 300])("of one colour has that colour with %d pixels a side", (size) => {
    const { width, height, data } = resize(plain(64, 64, [10, 200, 30, 128]), size);
    expect([width, height]).toEqual([size, size]);
    for (let pixel = 0; pixel < size * size; pixel += 1)
      expect([...data.subarray(pixel * 4, pixel * 4 + 4)]).toEqual([10, 200, 30, 128]);
  });

  test("is itself at its own size", () => {
    const image = sample(32);
    expect(resize(image, 32)).toEqual(image);
  });

  test("does not mix in the colour of what cannot be seen", () => {
    const image = plain(4, 4, [255, 0, 0, 255]);
    for (let x = 0; x < 4; x += 1) for (let y = 2; y < 4; y += 1) image.data.set([0, 255, 0, 0], (y * 4 + x) * 4);
    const small = resize(image, 2);
    for (const [x, y] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const [red, green] = at(small, x, y);
      expect([red, green]).toEqual([255, 0]);
    }
  });

  test("is centred on transparency when it is not square", () => {
    const image = resize(plain(4, 2, [0, 0, 255, 255]), 4);
    expect([at(image, 1, 0), at(image, 1, 1), at(image, 1, 2), at(image, 1, 3)]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 255, 255],
      [0, 0, 255, 255],
      [0, 0, 0, 0],
    ]);
  });

  test("is the mean of what it covers", () => {
    const board = plain(8, 8, [0, 0, 0, 255]);
    for (let x = 0; x < 8; x += 1)
      for (let y = 0; y < 8; y += 1) if ((x + y) % 2 === 0) board.data.set([255, 255, 255, 255], (y * 8 + x) * 4);
    const [grey = 0] = at(resize(board, 1), 0, 0);
    expect(Math.abs(grey - 127.5)).toBeLessThan(8);
  });
});

describe("a Windows icon", () => {
  test.each([
    [1024, [16, 20, 24, 32, 40, 48, 64, 128, 256]],
    [48, [16, 20, 24, 32, 40, 48]],
    [8, [16]],
  ])("of a picture with %d pixels has the sizes that it is large enough for", (size, expected) => {
    const icon = composeIco(sample(size));
    const sizes = Array.from({ length: icon.readUInt16LE(4) }, (_, entry) => icon.readUInt8(6 + entry * 16) || 256);
    expect(sizes).toEqual(expected);
  });

  test.each([48, 256])("gives back the picture it was made of, %d pixels a side", (size) => {
    const { data, ...measures } = readIcon(composeIco(sample(size)), "icon.ico");
    expect({ ...measures, data: Uint8Array.from(data) }).toEqual(sample(size));
  });

  test("without opacity of its own is shown by its mask", () => {
    // One pixel of 24 bits, blue, green, red, and beside it one that the mask takes away; both rows are padded to four.
    const header = Buffer.alloc(40);
    header.writeUInt32LE(40, 0);
    header.writeInt32LE(2, 4);
    header.writeInt32LE(2, 8);
    header.writeUInt16LE(24, 14);
    const picture = Buffer.concat([header, Buffer.from([1, 2, 3, 4, 5, 6, 0, 0]), Buffer.from([0x40, 0, 0, 0])]);
    const head = Buffer.alloc(22);
    head.set([0, 0, 1, 0, 1, 0, 2, 1]);
    head.writeUInt32LE(picture.length, 14);
    head.writeUInt32LE(22, 18);
    const image = readIcon(Buffer.concat([head, picture]), "icon.ico");
    expect([at(image, 0, 0), at(image, 1, 0)]).toEqual([
      [3, 2, 1, 255],
      [6, 5, 4, 0],
    ]);
  });

  test.skipIf(!hasProgram("icotool"))("is read by another program", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "icon.ico");
    await writeFile(file, composeIco(sample(256)));
    execFileSync("icotool", ["--extract", "--width=48", `--output=${directory.path}/48.png`, file]);
    const found = decodePng(await readFile(join(directory.path, "48.png")));
    const expected = resize(sample(256), 48);
    // What is fully transparent has whatever colour.
    const seen = (data: Uint8Array): number[][] =>
      Array.from({ length: 48 * 48 }, (_, pixel) => [...data.subarray(pixel * 4, pixel * 4 + 4)]).filter(
        ([, , , alpha]) => alpha !== 0,
      );
    expect(seen(found.data)).toEqual(seen(expected.data));
  });
});

describe("a Mac's icon", () => {
  function entries(icon: Buffer): [string, number][] {
    const found: [string, number][] = [];
    for (let offset = 8; offset < icon.length; offset += icon.readUInt32BE(offset + 4)) {
      const picture = decodePng(icon.subarray(offset + 8, offset + icon.readUInt32BE(offset + 4)));
      found.push([icon.toString("latin1", offset, offset + 4), picture.width]);
    }
    return found;
  }

  test("has a picture for each size that its source is large enough for", () => {
    const icon = composeIcns(sample(256));
    expect([icon.toString("latin1", 0, 4), icon.readUInt32BE(4)]).toEqual(["icns", icon.length]);
    expect(entries(icon)).toEqual([
      ["icp4", 16],
      ["icp5", 32],
      ["ic11", 32],
      ["ic12", 64],
      ["ic07", 128],
      ["ic13", 256],
      ["ic08", 256],
    ]);
    expect(entries(composeIcns(sample(8)))).toEqual([["icp4", 16]]);
    expect(entries(composeIcns(sample(1024))).at(-1)).toEqual(["ic10", 1024]);
  });

  // It knows three of the types, and lists the others without reading them.
  test.skipIf(!hasProgram("icns2png"))("is read by another program", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "icon.icns");
    await writeFile(file, composeIcns(sample(512)));
    execFileSync("icns2png", ["-x", "-o", directory.path, file], { stdio: "ignore" });
    for (const size of [256, 512]) {
      const found = decodePng(await readFile(join(directory.path, `icon_${size}x${size}x32.png`)));
      // Not as arrays: to show how two with a million numbers differ takes minutes.
      expect([found.width, Buffer.compare(found.data, resize(sample(512), size).data)]).toEqual([size, 0]);
    }
  });
});

describe("a publisher's icon", () => {
  const huge = sampleIcon(16);
  huge.writeUInt32BE(100_000, 16);

  test.each([
    ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), "is an SVG or another text, not a PNG or ICO"],
    ["a JPEG", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0]), "is a JPEG, not"],
    ["a Mac's icon", composeIcns(sample(16)), "is a Mac's icon, not"],
    ["nothing", Buffer.alloc(0), "is empty, not"],
    ["half a PNG", sampleIcon(64).subarray(0, 200), "is a damaged PNG"],
    ["half an ICO", composeIco(sample(64)).subarray(0, 100), "cannot be read"],
    ["a picture that nobody can show", huge, "has 100000 x 16 pixels, more than 4096 a side"],
  ])("that is %s is refused with a reason", (_, bytes, reason) => {
    expect(() => readIcon(bytes, "icon")).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(reason) }),
    );
  });

  test("may be a PNG", () => {
    const { data, ...measures } = readIcon(encodePng(sample(20)), "icon.png");
    expect({ ...measures, data: Uint8Array.from(data) }).toEqual(sample(20));
  });
});
