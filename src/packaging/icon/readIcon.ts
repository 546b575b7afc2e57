import { AppError } from "../../errors.ts";
import { refuseHuge, type RgbaImage } from "./image.ts";
import { decodePng, measurePng } from "./png.ts";
import { readIco } from "./readIco.ts";

const HINT = "Give a PNG, best with 1024 pixels a side, or an ICO.";

/** The publisher's icon. @param source its name, for messages. @throws AppError `config`. */
export function readIcon(bytes: Uint8Array, source: string): RgbaImage {
  const file = Buffer.from(bytes);
  if (file.length >= 8 && file.readUInt32BE(0) === 0x89504e47) return readPng(file, source);
  if (file.length >= 6 && file.readUInt32LE(0) === 0x00010000) return readIco(file, source);
  throw new AppError("config", `icon: ${source} is ${describe(file)}, not a PNG or ICO`, { hint: HINT });
}

function readPng(file: Buffer, source: string): RgbaImage {
  refuseHuge(measurePng(file), source);
  try {
    return decodePng(file);
  } catch (cause) {
    throw new AppError("config", `icon: ${source} is a damaged PNG: ${cause instanceof Error ? cause.message : "?"}`, {
      hint: "Save it again.",
      cause,
    });
  }
}

function describe(file: Buffer): string {
  const start = file.toString("latin1", 0, 300).trimStart();
  if (start.startsWith("<")) return "an SVG or another text";
  if (file.length >= 2 && file.readUInt16BE(0) === 0xffd8) return "a JPEG";
  if (start.startsWith("icns")) return "a Mac's icon";
  return file.length === 0 ? "empty" : "something else";
}
