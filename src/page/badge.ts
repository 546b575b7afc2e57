import { markup } from "./markup.ts";

const HEIGHT = 20;
const PADDING = 6;
// Hundredths of the font's size, about as Verdana and DejaVu Sans are wide; textLength makes up for other fonts.
const WIDTHS: readonly (readonly [characters: RegExp, width: number])[] = [
  [/[ijl|'.,:;!]/, 38],
  [/[ftrI()[\]/\\ -]/, 46],
  [/[mwMW@%—]/, 95],
  [/[A-Z0-9&+=<>~]/, 68],
  // Most scripts of the East are square.
  [/[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\u{1f000}-\u{3ffff}]/u, 100],
];
const OTHER_WIDTH = 61;
const FONT_SIZE = 11;
// What nobody could read on a badge anyway.
const MAX_LENGTH = 80;

/** The badge of a program, wherever it is made: what there is to have. @param version SemVer of the newest, if it is known. */
export function renderVersionBadge(version: string | undefined): string {
  return renderBadge({ label: "download", value: version ?? "latest" });
}

/** A badge such as "download | 1.4.2": an SVG that needs nothing but itself. */
export function renderBadge({ label, value }: { readonly label: string; readonly value: string }): string {
  const [left, right] = [shorten(label), shorten(value)];
  const [leftText, rightText] = [widthOf(left), widthOf(right)];
  const split = leftText + 2 * PADDING;
  const width = split + rightText + 2 * PADDING;
  const middle = split + PADDING + rightText / 2;
  const { text } =
    markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${left}: ${right}">
<title>${left}: ${right}</title>
<clipPath id="round"><rect width="${width}" height="${HEIGHT}" rx="4"/></clipPath>
<g clip-path="url(#round)">
<rect width="${split}" height="${HEIGHT}" fill="#3c4250"/>
<rect x="${split}" width="${width - split}" height="${HEIGHT}" fill="#1d4ed8"/>
</g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="${FONT_SIZE}" text-anchor="middle">
<text x="${PADDING + leftText / 2}" y="14" textLength="${leftText}" lengthAdjust="spacingAndGlyphs">${left}</text>
<text x="${middle}" y="14" textLength="${rightText}" lengthAdjust="spacingAndGlyphs">${right}</text>
</g>
</svg>
`;
  return text;
}

function shorten(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}

/** In whole pixels. */
function widthOf(text: string): number {
  let hundredths = 0;
  for (const character of text) hundredths += WIDTHS.find(([kind]) => kind.test(character))?.[1] ?? OTHER_WIDTH;
  return Math.max(1, Math.round((hundredths * FONT_SIZE) / 100));
}
