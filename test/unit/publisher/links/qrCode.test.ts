import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawQrCode, pictureOfQrCode } from "../../../../src/publisher/links/qrCode.ts";
import { hasProgram } from "../../../support/peer.ts";
import { photograph, readQrCodes } from "../../../support/qrReader.ts";
import { run } from "../../../support/run.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";

const DARK = { foreground: 230, background: 20 };
const LIGHT = { foreground: 0, background: 255 };
const ADDRESSES = [
  "https://get.example.org/",
  "http://127.0.0.1:8080/windows-amd64",
  "https://r\u00e4ksm\u00f6rg\u00e5s.example/\u65e5\u672c\u8a9e/?x=%20y",
  `https://example.org/${"long/".repeat(40)}`,
].map((address) => new URL(address));

describe.runIf(hasProgram("zbarimg"))("a QR code", () => {
  test.each(ADDRESSES)("in a terminal's colours is read from a dark and from a light one: %s", async (address) => {
    const drawn = drawQrCode(address, { colored: true });
    for (const screen of [DARK, LIGHT]) expect(await readQrCodes(photograph(drawn, screen))).toEqual([address.href]);
  });

  test.each(ADDRESSES)("in plain text is read as it is printed: %s", async (address) => {
    const drawn = drawQrCode(address, { colored: false });
    expect(drawn).toMatch(/^[ \n\u2580\u2584\u2588]+$/);
    expect(await readQrCodes(photograph(drawn, LIGHT))).toEqual([address.href]);
  });

  test.each(ADDRESSES)("in a picture is read: %s", async (address) => {
    expect(await readQrCodes(pictureOfQrCode(address, "png"))).toEqual([address.href]);
  });

  test.runIf(hasProgram("rsvg-convert"))("in an SVG is read once that is drawn", async () => {
    await using folder = await temporaryDirectory();
    const [address] = ADDRESSES as [URL];
    const [svg, png] = [join(folder.path, "code.svg"), join(folder.path, "code.png")];
    await writeFile(svg, pictureOfQrCode(address, "svg"));
    expect(await run("rsvg-convert", ["--output", png, svg], { env: process.env })).toMatchObject({ exitCode: 0 });
    expect(await readQrCodes(await readFile(png))).toEqual([address.href]);
  });
});

describe("a QR code", () => {
  test("keeps four modules around it free", () => {
    const lines = drawQrCode(new URL("https://get.example.org/"), { colored: false }).split("\n").slice(0, -1);
    expect([...lines.slice(0, 2), ...lines.slice(-2)].join("").trim()).toBe("");
    expect(lines.every((line) => line.startsWith("    ") && line.endsWith("    "))).toBe(true);
  });

  test("is refused for what does not fit", () => {
    expect(() => drawQrCode(new URL(`https://example.org/${"x".repeat(2400)}`), { colored: false })).toThrow(
      "does not fit into a QR code",
    );
  });
});
