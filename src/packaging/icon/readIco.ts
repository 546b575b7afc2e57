import { AppError } from "../../errors.ts";
import type { RgbaImage } from "./image.ts";
import { decodePng } from "./png.ts";

const HEADER = 6;
const ENTRY = 16;
const PNG_START = 0x89504e47;

/** The largest picture of a Windows icon. @throws AppError `config` for one that cannot be read. */
export function readIco(bytes: Buffer, source: string): RgbaImage {
  try {
    const count = bytes.readUInt16LE(4);
    const entries = Array.from({ length: count }, (_, position) => {
      const at = HEADER + ENTRY * position;
      const [size, offset] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)];
      return { width: bytes.readUInt8(at) || 256, picture: bytes.subarray(offset, offset + size) };
    });
    const largest = entries.reduce((best, entry) => (entry.width > best.width ? entry : best));
    return largest.picture.readUInt32BE(0) === PNG_START ? decodePng(largest.picture) : readBitmap(largest.picture);
  } catch (cause) {
    throw new AppError(
      "config",
      `icon: ${source} cannot be read: ${cause instanceof Error ? cause.message : "damaged"}`,
      {
        hint: "Give a PNG, best with 1024 pixels a side.",
        cause,
      },
    );
  }
}

function readBitmap(picture: Buffer): RgbaImage {
  const start = picture.readUInt32LE(0);
  const [width, height] = [picture.readInt32LE(4), picture.readInt32LE(8) / 2];
  const bits = picture.readUInt16LE(14);
  if (bits !== 32 && bits !== 24) throw new Error(`its largest picture has ${bits} bits for a pixel, not 24 or 32`);
  const bytesPerPixel = bits / 8;
  const rowBytes = Math.ceil((width * bytesPerPixel) / 4) * 4;
  const maskRow = Math.ceil(width / 32) * 4;
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const source = start + row * rowBytes + column * bytesPerPixel;
      const mask = picture.readUInt8(start + rowBytes * height + row * maskRow + (column >> 3));
      const shown = (mask & (0x80 >> (column & 7))) === 0 ? 255 : 0;
      const pixel = [picture.readUInt8(source + 2), picture.readUInt8(source + 1), picture.readUInt8(source)];
      data.set(
        [...pixel, bits === 32 ? picture.readUInt8(source + 3) : shown],
        ((height - 1 - row) * width + column) * 4,
      );
    }
  }
  return { width, height, data };
}
