import { AppError } from "../../errors.ts";
import { refuseHuge, type RgbaImage } from "./image.ts";
import { decodePng, measurePng } from "./png.ts";

const HEADER = 6;
const ENTRY = 16;
const PNG_START = 0x89504e47;
const HINT = "Give a PNG, best with 1024 pixels a side.";

/**
 * The largest picture of a Windows icon; of several as large, the one with the most bits for a pixel.
 *
 * @throws AppError `config` for one that cannot be read or is too large.
 */
export function readIco(bytes: Buffer, source: string): RgbaImage {
  try {
    const largest = listEntries(bytes).reduce<Entry | undefined>(
      (best, entry) => (best === undefined || isBetter(entry, best) ? entry : best),
      undefined,
    );
    if (largest === undefined) throw new AppError("config", `icon: ${source} has no picture`, { hint: HINT });
    const { picture, bits } = largest;
    const png = isPng(picture);
    refuseHuge(png ? measurePng(picture) : measureBitmap(picture), source);
    if (png) return decodePng(picture);
    if (bits === 32 || bits === 24) return readBitmap(picture, bits);
    throw new AppError("config", `icon: the largest picture of ${source} has ${bits} bits for a pixel, not 24 or 32`, {
      hint: HINT,
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("config", `icon: ${source} cannot be read: it is damaged`, { hint: HINT, cause });
  }
}

interface Entry {
  /** Pixels. */
  readonly width: number;
  /** For a pixel. */
  readonly bits: number;
  readonly picture: Buffer;
}

function listEntries(bytes: Buffer): Entry[] {
  return Array.from({ length: bytes.readUInt16LE(4) }, (_, position) => {
    const at = HEADER + ENTRY * position;
    const [size, offset] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)];
    const picture = bytes.subarray(offset, offset + size);
    // Many programs leave the bits out of the list. A damaged picture is the worst choice, but spoils no other.
    const bits = picture.length < 16 ? 0 : isPng(picture) ? 32 : picture.readUInt16LE(14);
    return { width: bytes.readUInt8(at) || 256, bits, picture };
  });
}

function isBetter(entry: Entry, best: Entry): boolean {
  return entry.width === best.width ? entry.bits > best.bits : entry.width > best.width;
}

function isPng(picture: Buffer): boolean {
  return picture.readUInt32BE(0) === PNG_START;
}

function measureBitmap(picture: Buffer): Pick<RgbaImage, "width" | "height"> {
  // The mask counts as part of the picture.
  const [width, height] = [picture.readInt32LE(4), picture.readInt32LE(8) / 2];
  if (width <= 0 || height <= 0 || !Number.isInteger(height)) throw new Error(`${width} x ${height} pixels`);
  return { width, height };
}

function readBitmap(picture: Buffer, bits: 24 | 32): RgbaImage {
  const { width, height } = measureBitmap(picture);
  const pixelsAt = picture.readUInt32LE(0);
  const bytesPerPixel = bits / 8;
  const rowBytes = Math.ceil((width * bytesPerPixel) / 4) * 4;
  const maskAt = pixelsAt + rowBytes * height;
  const maskRow = Math.ceil(width / 32) * 4;
  // Before Windows XP the fourth byte was nothing, and the mask alone said what is seen.
  const masked = bits === 24 || !hasOpacity(picture.subarray(pixelsAt, maskAt));
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const source = pixelsAt + row * rowBytes + column * bytesPerPixel;
      // Some programs write none.
      const mask = picture[maskAt + row * maskRow + (column >> 3)] ?? 0;
      const shown = (mask & (0x80 >> (column & 7))) === 0 ? 255 : 0;
      const pixel = [picture.readUInt8(source + 2), picture.readUInt8(source + 1), picture.readUInt8(source)];
      data.set([...pixel, masked ? shown : picture.readUInt8(source + 3)], ((height - 1 - row) * width + column) * 4);
    }
  }
  return { width, height, data };
}

function hasOpacity(pixels: Buffer): boolean {
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) return true;
  return false;
}
