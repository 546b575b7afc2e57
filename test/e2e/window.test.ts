import type { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { openLinuxDialogs } from "../../src/desktop/linux/dialogs.ts";
import { startDisplay } from "../support/display.ts";
import { hasProgram } from "../support/peer.ts";

const canSee = ["Xvfb", "zenity", "xdotool", "import"].map(hasProgram).every(Boolean);
const TITLE = "Example App";
const PATIENCE = { timeout: 30_000 };

async function start() {
  const display = await startDisplay();
  return { display, dialogs: openLinuxDialogs(display.env) };
}

/** Share of the window's width that is drawn in the blue of the bar. */
function measureBar({ width, height, data }: PNG): number {
  let longest = 0;
  for (let y = 0; y < height; y += 1) {
    let blue = 0;
    for (let x = 0; x < width; x += 1) {
      const [red, , deep] = data.subarray((y * width + x) * 4) as unknown as [number, number, number];
      if (deep - red > 80) blue += 1;
    }
    longest = Math.max(longest, blue);
  }
  return longest / width;
}

/** Pixels of the upper part, where the text is, that are dark. */
function measureText({ width, height, data }: PNG): number {
  let dark = 0;
  for (let at = 0; at < width * Math.floor(height / 3) * 4; at += 4)
    if (data[at]! < 100 && data[at + 2]! < 100) dark += 1;
  return dark;
}

describe.runIf(canSee)("windows that a person sees", () => {
  test("the progress window shows our title, text and share, as they are now", async () => {
    const { display, dialogs } = await start();
    await using _display = display;
    const window = dialogs.openProgress({ title: TITLE, text: "Installing" });
    await display.appears(TITLE);
    expect(await display.windows()).toEqual([TITLE]);

    window?.show({ text: "Installing", share: 0.25 });
    await expect.poll(async () => measureBar(await display.look(TITLE)), PATIENCE).toBeCloseTo(0.25, 1);
    const short = measureText(await display.look(TITLE));
    // As markup it would be none, and nothing would be shown.
    window?.show({ text: "Installing <everything> that Tom & Jerry have, 75 % of it done", share: 0.75 });
    await expect.poll(async () => measureBar(await display.look(TITLE)), PATIENCE).toBeCloseTo(0.75, 1);
    expect(measureText(await display.look(TITLE))).toBeGreaterThan(short * 2);

    window?.show({ text: "Unpacking", share: undefined });
    await expect.poll(async () => measureBar(await display.look(TITLE)), PATIENCE).toBeLessThan(0.5);
    expect(await display.windows()).toEqual([TITLE]);
    window?.close();
    await display.vanishes(TITLE);
  });

  test.each(["pressed with the keyboard", "clicked"])("the skip button, %s, is a skip", async (how) => {
    const { display, dialogs } = await start();
    await using _display = display;
    let skips = 0;
    const skipped = new Promise<void>((resolve) => {
      const onSkip = (): void => {
        skips += 1;
        resolve();
      };
      dialogs.openProgress({ title: TITLE, text: "Updating", skip: "Skip for now", onSkip });
    });
    await display.appears(TITLE);
    const { width, height } = await display.look(TITLE);
    if (how === "clicked") await display.click(TITLE, { x: width - 60, y: height - 25 });
    else await display.press(TITLE, "Tab", "Return");
    await skipped;
    await display.vanishes(TITLE);
    expect(skips).toBe(1);
  });

  test("without a skip button the window stays, whatever is pressed", async () => {
    const { display, dialogs } = await start();
    await using _display = display;
    const window = dialogs.openProgress({ title: TITLE, text: "Installing", onSkip: () => expect.unreachable() });
    await display.appears(TITLE);
    await display.press(TITLE, "Tab", "Return", "space");
    window?.show({ text: "Still here", share: 0.5 });
    await expect.poll(async () => measureBar(await display.look(TITLE)), PATIENCE).toBeCloseTo(0.5, 1);
    window?.close();
    await display.vanishes(TITLE);
  });

  test("a sentence stays until it is closed", async () => {
    const { display, dialogs } = await start();
    await using _display = display;
    dialogs.tell({ title: TITLE, text: "The update of <Tom & Jerry> did not work; 1.0.0 is started." });
    await display.appears(TITLE);
    expect(measureText(await display.look(TITLE))).toBeGreaterThan(100);
    await display.press(TITLE, "Return");
    await display.vanishes(TITLE);
  });

  test.each([
    [true, ["Return"]],
    [false, ["Left", "Return"]],
    [false, ["Escape"]],
  ] as const)("a question is answered with %s by %j", async (expected, keys) => {
    const { display, dialogs } = await start();
    await using _display = display;
    const answer = dialogs.ask({ title: TITLE, text: "Remove Example App?", yes: "Remove", no: "Keep" });
    await display.appears(TITLE);
    await display.press(TITLE, ...keys);
    expect(await answer).toBe(expected);
  });

  test("a display that is gone asks nobody, and skips nothing", async () => {
    const { display, dialogs } = await start();
    await display[Symbol.asyncDispose]();
    const window = dialogs.openProgress({ title: TITLE, text: "-", skip: "-", onSkip: () => expect.unreachable() });
    expect(await dialogs.ask({ title: TITLE, text: "?", yes: "y", no: "n" })).toBeUndefined();
    window?.show({ text: "nobody", share: 0.5 });
    window?.close();
  });
});
