import { PNG } from "pngjs";
import type { RgbaImage } from "./image.ts";

/** @throws Error of the library for what is not a whole PNG. */
export function decodePng(bytes: Uint8Array): RgbaImage {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data };
}

export function encodePng({ width, height, data }: RgbaImage): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  return PNG.sync.write(png);
}
