import { encodePng } from "../../src/packaging/icon/png.ts";

/** A square PNG: a disc of one colour that fades to another, on transparency. */
export function sampleIcon(size: number): Buffer {
  const data = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const inside = (x - size / 2) ** 2 + (y - size / 2) ** 2 < (size / 2.2) ** 2;
      data.set([Math.round((x / size) * 255), 100, Math.round((y / size) * 255), inside ? 255 : 0], (y * size + x) * 4);
    }
  }
  return encodePng({ width: size, height: size, data });
}
