import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PNG } from "pngjs";
import { run } from "./run.ts";
import { temporaryDirectory } from "./temporary.ts";

const PIXELS = 8;

/** The text of the QR codes in a picture, as zbar reads them. */
export async function readQrCodes(picture: Uint8Array): Promise<string[]> {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, "picture.png");
  await writeFile(file, picture);
  const { stdout } = await run("zbarimg", ["--quiet", "--raw", file], { env: process.env });
  return stdout.split("\n").filter((line) => line !== "");
}

export interface Screen {
  /** Of what is printed, and behind it where nothing sets a colour of its own: 0 is black, 255 is white. */
  readonly foreground: number;
  readonly background: number;
}

/** What lines of half blocks look like on a screen. */
export function photograph(text: string, screen: Screen): Uint8Array {
  const lines = text.split("\n").map((line) => cellsOf(line, screen));
  const width = Math.max(...lines.map((line) => line.length));
  const image = new PNG({ width: width * PIXELS, height: lines.length * 2 * PIXELS });
  for (let y = 0; y < image.height; y += 1) {
    for (let x = 0; x < image.width; x += 1) {
      const cell = lines[Math.floor(y / PIXELS / 2)]?.[Math.floor(x / PIXELS)];
      const half = Math.floor(y / PIXELS) % 2 === 0 ? cell?.upper : cell?.lower;
      image.data.set(
        [half, half, half, 255].map((value) => value ?? screen.background),
        (y * image.width + x) * 4,
      );
    }
  }
  return PNG.sync.write(image);
}

interface Cell {
  readonly upper: number;
  readonly lower: number;
}

// The two colours that a code sets: 16 is black and 231 is white.
const SHADES: Readonly<Record<string, number>> = { "16": 0, "231": 255 };

const ESCAPE = String.fromCharCode(27);
/** What sets colours, or a character. */
const PARTS = new RegExp(String.raw`${ESCAPE}\[([\d;]*)m|.`, "gu");

function cellsOf(line: string, screen: Screen): Cell[] {
  const cells: Cell[] = [];
  let { foreground, background } = screen;
  for (const [part, colors] of line.matchAll(PARTS)) {
    if (colors === undefined) {
      const [upper, lower] = [/[\u2580\u2588]/.test(part), /[\u2584\u2588]/.test(part)];
      cells.push({ upper: upper ? foreground : background, lower: lower ? foreground : background });
      continue;
    }
    ({ foreground, background } = screen);
    const [, dark, light] = /^38;5;(\d+);48;5;(\d+)$/.exec(colors) ?? [];
    if (dark !== undefined) foreground = SHADES[dark] ?? foreground;
    if (light !== undefined) background = SHADES[light] ?? background;
  }
  return cells;
}
