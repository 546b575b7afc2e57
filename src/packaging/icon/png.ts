import { PNG } from "pngjs";
import type { RgbaImage } from "./image.ts";

/** @throws Error of the library for what is not a whole PNG. */
export function decodePng(bytes: Uint8Array): RgbaImage {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data };
}

/** What the first chunk says (PNG, "IHDR"), so that nobody unpacks a billion pixels to learn how many there are. */
export function measurePng(bytes: Buffer): Pick<RgbaImage, "width" | "height"> {
  return bytes.length < 24
    ? { width: 0, height: 0 }
    : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

export function encodePng({ width, height, data }: RgbaImage): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  return PNG.sync.write(png);
}
