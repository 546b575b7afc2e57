import { type RgbaImage, resize } from "./image.ts";
import { encodePng } from "./png.ts";

const SIZES = [16, 20, 24, 32, 40, 48, 64, 128, 256];
// From here on a PNG is what Windows itself writes; smaller ones are bitmaps, which every reader takes.
const PNG_FROM = 256;
const HEADER = 6;
const ENTRY = 16;
const BITMAP_HEADER = 40;

/** A Windows icon with every size that the picture is large enough for. */
export function composeIco(image: RgbaImage): Buffer {
  const longer = Math.max(image.width, image.height);
  const pictures = SIZES.filter((size, position) => position === 0 || size <= longer).map((size) => {
    const picture = resize(image, size);
    return { size, bytes: size >= PNG_FROM ? encodePng(picture) : formatBitmap(picture) };
  });
  const head = Buffer.alloc(HEADER);
  // Reserved, type 1 for icons, how many.
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = HEADER + ENTRY * pictures.length;
  const entries = pictures.map(({ size, bytes }) => {
    const entry = Buffer.alloc(ENTRY);
    // 256 does not fit into a byte, and is written as 0.
    entry.writeUInt8(size % 256, 0);
    entry.writeUInt8(size % 256, 1);
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    entry.writeUInt32LE(bytes.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += bytes.length;
    return entry;
  });
  return Buffer.concat([head, ...entries, ...pictures.map(({ bytes }) => bytes)]);
}

/** BITMAPINFOHEADER, rows from the bottom as blue, green, red and opacity, and a mask of what is transparent. */
function formatBitmap({ width, height, data }: RgbaImage): Buffer {
  const header = Buffer.alloc(BITMAP_HEADER);
  header.writeUInt32LE(BITMAP_HEADER, 0);
  header.writeInt32LE(width, 4);
  // Twice, because the mask counts as part of the picture.
  header.writeInt32LE(height * 2, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const pixels = Buffer.alloc(width * height * 4);
  const maskRow = Math.ceil(width / 32) * 4;
  const mask = Buffer.alloc(maskRow * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const source = ((height - 1 - row) * width + column) * 4;
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(source, source + 4);
      pixels.set([blue, green, red, alpha], (row * width + column) * 4);
      const at = row * maskRow + (column >> 3);
      if (alpha === 0) mask[at] = (mask[at] ?? 0) | (0x80 >> (column & 7));
    }
  }
  return Buffer.concat([header, pixels, mask]);
}
