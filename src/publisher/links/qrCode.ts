import { type Bitmap2D, correction, generate, mode } from "lean-qr";
import { toPngBuffer } from "lean-qr/extras/node_export";
import { toSvgSource } from "lean-qr/extras/svg";
import { AppError } from "../../errors.ts";

// ISO/IEC 18004: what has to stay free around it, in modules.
const QUIET = 4;
// Pixels for a module, in files: a large one has 185 of them.
const SCALE = 12;
// ISO/IEC 18004 table 7: bytes in the largest, with correction level M.
const MOST_BYTES = 2331;

// The colours 16 and 231 are black and white in every theme, while the first 16 are whatever the person likes.
const BLACK_ON_WHITE = "\u001b[38;5;16;48;5;231m";
const AS_BEFORE = "\u001b[0m";

/**
 * A QR code as lines of text, two modules in a character. In colours it is the same on a dark and on a light terminal;
 * without, what is dark is printed, as on paper.
 *
 * @throws AppError `usage` when the address is too long.
 */
export function drawQrCode(address: URL, { colored }: { readonly colored: boolean }): string {
  const code = encode(address);
  const lines: string[] = [];
  for (let y = -QUIET; y < code.size + QUIET; y += 2) {
    let line = "";
    for (let x = -QUIET; x < code.size + QUIET; x += 1) line += halves(code.get(x, y), code.get(x, y + 1));
    lines.push(colored ? `${BLACK_ON_WHITE}${line}${AS_BEFORE}` : line);
  }
  return `${lines.join("\n")}\n`;
}

/** A QR code as a picture, for a poster. @throws AppError `usage` when the address is too long. */
export function pictureOfQrCode(address: URL, kind: "svg" | "png"): Uint8Array {
  const code = encode(address);
  if (kind === "png") return toPngBuffer(code, { on: [0, 0, 0], off: [255, 255, 255], pad: QUIET, scale: SCALE });
  const svg = toSvgSource(code, { on: "#000", off: "#fff", pad: QUIET, scale: SCALE, xmlDeclaration: true });
  return new TextEncoder().encode(`${svg}\n`);
}

/** In ASCII, of which addresses consist: what other bytes mean, each reader guesses in its own way. */
function encode({ href }: URL): Bitmap2D {
  if (href.length > MOST_BYTES) {
    throw new AppError("usage", `an address of ${href.length} characters does not fit into a QR code`, {
      hint: `A code holds ${MOST_BYTES}: use a shorter address.`,
    });
  }
  return generate(mode.ascii(href), { minCorrectionLevel: correction.M });
}

function halves(upper: boolean, lower: boolean): string {
  if (upper) return lower ? "\u2588" : "\u2580";
  return lower ? "\u2584" : " ";
}
