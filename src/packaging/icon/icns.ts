import { type RgbaImage, resize } from "./image.ts";
import { encodePng } from "./png.ts";

// Types that hold a PNG, with its pixels a side; ic11 to ic14 are for screens with two pixels where others have one.
const ENTRIES: readonly (readonly [type: string, size: number])[] = [
  ["icp4", 16],
  ["icp5", 32],
  ["ic11", 32],
  ["ic12", 64],
  ["ic07", 128],
  ["ic13", 256],
  ["ic08", 256],
  ["ic14", 512],
  ["ic09", 512],
  ["ic10", 1024],
];

/** A Mac's icon with every size that the picture is large enough for. */
export function composeIcns(image: RgbaImage): Buffer {
  const longer = Math.max(image.width, image.height);
  const wanted = ENTRIES.filter(([, size], position) => position === 0 || size <= longer);
  const pictures = new Map<number, Buffer>();
  const entries = wanted.map(([type, size]) => {
    const picture = pictures.get(size) ?? encodePng(resize(image, size));
    pictures.set(size, picture);
    return chunk(type, picture);
  });
  return chunk("icns", Buffer.concat(entries));
}

function chunk(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32BE(content.length + 8, 4);
  return Buffer.concat([head, content]);
}
