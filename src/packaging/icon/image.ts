import { AppError } from "../../errors.ts";

/** A picture in memory: rows from the top, each pixel as red, green, blue and opacity, a byte each. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const CHANNELS = 4;
const ALPHA = 3;
// More than any system shows, and 64 MB in memory.
const MAX_PIXELS = 4096;

/**
 * A square picture of so many pixels a side, by linear interpolation over all that a new pixel covers. One that is not
 * square is centred on transparency.
 */
export function resize(image: RgbaImage, size: number): RgbaImage {
  const square = centre(image);
  if (square.width === size) return square;
  const across = scaleRows(premultiply(square), { width: square.width, height: square.height, to: size });
  const turned = transpose(across, size, square.height);
  const down = scaleRows(turned, { width: square.height, height: size, to: size });
  return { width: size, height: size, data: unmultiply(transpose(down, size, size)) };
}

/** @param source its name, for messages. @throws AppError `config` for a picture larger than anybody needs. */
export function refuseHuge({ width, height }: Pick<RgbaImage, "width" | "height">, source: string): void {
  if (width <= MAX_PIXELS && height <= MAX_PIXELS) return;
  throw new AppError("config", `icon: ${source} has ${width} x ${height} pixels, more than ${MAX_PIXELS} a side`, {
    hint: "Give a PNG, best with 1024 pixels a side.",
  });
}

function centre({ width, height, data }: RgbaImage): RgbaImage {
  if (width === height) return { width, height, data };
  const side = Math.max(width, height);
  const left = Math.floor((side - width) / 2);
  const top = Math.floor((side - height) / 2);
  const square = new Uint8Array(side * side * CHANNELS);
  for (let row = 0; row < height; row += 1) {
    const line = data.subarray(row * width * CHANNELS, (row + 1) * width * CHANNELS);
    square.set(line, ((row + top) * side + left) * CHANNELS);
  }
  return { width: side, height: side, data: square };
}

/** Colours times opacity: what is transparent has no colour to mix in. */
function premultiply({ data }: RgbaImage): Float32Array {
  const result = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += CHANNELS) {
    const alpha = (data[at + ALPHA] ?? 0) / 255;
    for (let channel = 0; channel < ALPHA; channel += 1) result[at + channel] = (data[at + channel] ?? 0) * alpha;
    result[at + ALPHA] = alpha * 255;
  }
  return result;
}

function unmultiply(pixels: Float32Array): Uint8Array {
  const result = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += CHANNELS) {
    const alpha = (pixels[at + ALPHA] ?? 0) / 255;
    if (alpha <= 0) continue;
    for (let channel = 0; channel < ALPHA; channel += 1)
      result[at + channel] = clamp((pixels[at + channel] ?? 0) / alpha);
    result[at + ALPHA] = clamp(alpha * 255);
  }
  return result;
}

interface Scaling {
  readonly width: number;
  readonly height: number;
  readonly to: number;
}

function scaleRows(pixels: Float32Array, { width, height, to }: Scaling): Float32Array {
  const result = new Float32Array(to * height * CHANNELS);
  const weights = Array.from({ length: to }, (_, position) => weightsOf(position, width, to));
  for (let row = 0; row < height; row += 1) {
    for (const [position, parts] of weights.entries()) {
      const target = (row * to + position) * CHANNELS;
      for (const { from, weight } of parts) {
        const source = (row * width + from) * CHANNELS;
        for (let channel = 0; channel < CHANNELS; channel += 1)
          result[target + channel] = (result[target + channel] ?? 0) + (pixels[source + channel] ?? 0) * weight;
      }
    }
  }
  return result;
}

/** Which old pixels make a new one of a row, and how much of each: a triangle as wide as what it covers. */
function weightsOf(position: number, width: number, to: number): { from: number; weight: number }[] {
  const scale = width / to;
  const reach = Math.max(scale, 1);
  const middle = (position + 0.5) * scale - 0.5;
  const parts: { from: number; weight: number }[] = [];
  for (let from = Math.ceil(middle - reach); from <= Math.floor(middle + reach); from += 1) {
    const weight = 1 - Math.abs(from - middle) / reach;
    if (weight > 0) parts.push({ from: Math.min(width - 1, Math.max(0, from)), weight });
  }
  const sum = parts.reduce((total, { weight }) => total + weight, 0);
  return parts.map(({ from, weight }) => ({ from, weight: weight / sum }));
}

function transpose(pixels: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(pixels.length);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const source = (row * width + column) * CHANNELS;
      result.set(pixels.subarray(source, source + CHANNELS), (column * height + row) * CHANNELS);
    }
  }
  return result;
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
