import { describe, expect, test } from "vitest";
import type { Dialogs, ProgressState, ProgressWindowOptions } from "../../../src/desktop/dialogs.ts";
import { selectMessages } from "../../../src/launcher/messages.ts";
import { openMeter } from "../../../src/launcher/meter.ts";
import { openWindowProgress } from "../../../src/launcher/progressWindow.ts";
import { blobOf, noise } from "../../support/bytes.ts";

const layer = { ...blobOf(noise(10, "layer")), size: 10_000_000 };
const update = { from: "1.0.0", to: "1.1.0", layers: [layer], critical: false };

/** A clock that is set by hand, and windows that are lists of what they showed. */
function open({ first = false, onSkip = undefined as (() => void) | undefined } = {}) {
  let time = 0;
  const timers: { at: number; call: () => void }[] = [];
  const windows: { options: ProgressWindowOptions; shown: ProgressState[]; closed: boolean }[] = [];
  const dialogs: Dialogs = {
    openProgress(options) {
      const window = { options, shown: [] as ProgressState[], closed: false };
      windows.push(window);
      return { show: (state) => window.shown.push(state), close: () => void (window.closed = true) };
    },
    tell: () => undefined,
    ask: async () => undefined,
  };
  const progress = openWindowProgress({
    app: "App",
    messages: selectMessages("en"),
    now: () => time,
    dialogs,
    icon: () => "/icon.png",
    onSkip,
    first,
    later(call, ms) {
      const timer = { at: time + ms, call };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), 1);
    },
  });
  return {
    progress,
    windows,
    pass: (ms: number): void => {
      time += ms;
      for (const timer of timers.filter(({ at }) => at <= time)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.call();
      }
    },
  };
}

describe("a window for a download", () => {
  test("does not appear for what is over within half a second", () => {
    const { progress, windows, pass } = open();
    progress.start(update);
    pass(499);
    progress.finish();
    progress.close();
    pass(1000);
    expect(windows).toEqual([]);
  });

  test("does not appear before there is something to download, unless nothing is installed", () => {
    const waiting = open();
    waiting.pass(5000);
    expect(waiting.windows).toEqual([]);
    const first = open({ first: true });
    first.pass(500);
    expect(first.windows.map(({ options }) => options.text)).toEqual(["App"]);
  });

  test("shows what is going on, how far it is, and how long it takes", () => {
    const { progress, windows, pass } = open();
    progress.start(update);
    pass(500);
    progress.advance(layer, 1_000_000);
    pass(1000);
    progress.advance(layer, 3_000_000);
    const [{ shown, options } = { shown: [], options: undefined }] = windows;
    expect(options).toMatchObject({ title: "App", icon: "/icon.png" });
    expect(options?.skip).toBeUndefined();
    expect(shown.at(-1)).toEqual({
      text: "Updating App from 1.0.0 to 1.1.0\n30 % of 10.0 MB, 2.0 MB/s, 4 s left",
      share: 0.3,
    });
    progress.finish();
    expect(shown.at(-1)).toEqual({ text: "Unpacking App", share: undefined });
  });

  test("is not drawn more often than anybody can see", () => {
    const { progress, windows, pass } = open();
    progress.start(update);
    pass(500);
    const before = windows[0]!.shown.length;
    for (let bytes = 0; bytes < 1000; bytes += 1) progress.advance(layer, bytes);
    expect(windows[0]!.shown.length - before).toBeLessThanOrEqual(1);
  });

  test("has a button to skip where there is a version to start", () => {
    let skips = 0;
    const { progress, windows, pass } = open({ onSkip: () => (skips += 1) });
    progress.start(update);
    pass(500);
    expect(windows[0]!.options.skip).toBe("Skip for now");
    windows[0]!.options.onSkip?.();
    expect(skips).toBe(1);
  });

  test("is gone when the program starts", () => {
    const { progress, windows, pass } = open();
    progress.start(update);
    pass(500);
    progress.close();
    expect(windows[0]!.closed).toBe(true);
  });
});

describe("what is left", () => {
  test.each([
    ["1 s left", 9_000_000, 9_900_000],
    ["19 s left", 0, 500_000],
    ["2 min left", 0, 90_000],
    ["3 h left", 0, 1000],
  ])("is told as %s", (expected, from, to) => {
    let time = 0;
    const meter = openMeter({ app: "App", messages: selectMessages("en"), now: () => time });
    meter.start(update);
    meter.advance(layer, from);
    time = 1000;
    meter.advance(layer, to);
    expect(meter.detail()).toContain(expected);
  });

  test("is not told before the speed is known, nor at the end", () => {
    let time = 0;
    const meter = openMeter({ app: "App", messages: selectMessages("de"), now: () => time });
    meter.start({ from: undefined, to: "1.0.0", layers: [layer], critical: false });
    meter.advance(layer, 0);
    expect(meter.detail()).toBe("  0 % of 10.0 MB");
    time = 2000;
    meter.advance(layer, 10_000_000);
    expect(meter.detail()).toBe("100 % of 10.0 MB, 5.0 MB/s");
    expect(meter.title()).toBe("App 1.0.0 wird installiert");
  });

  test("goes by the last seconds: what a download was resumed with counts for nothing", () => {
    let time = 0;
    const meter = openMeter({ app: "App", messages: selectMessages("en"), now: () => time });
    meter.start(update);
    meter.advance(layer, 8_000_000);
    for (const bytes of [8_100_000, 8_200_000]) {
      time += 1000;
      meter.advance(layer, bytes);
    }
    expect(meter.detail()).toContain("100.0 kB/s, 18 s left");
  });
});
