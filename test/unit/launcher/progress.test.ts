import { expect, test } from "vitest";
import { selectMessages } from "../../../src/launcher/messages.ts";
import { openProgress } from "../../../src/launcher/progress.ts";
import { blobOf, noise } from "../../support/bytes.ts";

const layer = { ...blobOf(noise(10, "layer")), size: 1000 };

function open(mode: "line" | "plain" | "silent") {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  return { written, progress: openProgress({ mode, write, app: "App", messages: selectMessages("en"), now: () => 0 }) };
}

test("a line that is given up is taken away, so that the program begins on an empty one", () => {
  const { written, progress } = open("line");
  progress.close();
  expect([written, progress.isShown()]).toEqual([[], false]);
  progress.start({ from: "1.0.0", to: "1.1.0", layers: [layer], critical: false });
  expect(progress.isShown()).toBe(true);
  progress.close();
  expect(written.at(-1)).toBe("\r\x1b[2K");
  const count = written.length;
  progress.close();
  expect(written).toHaveLength(count);
});

test("a line that came to its end stays", () => {
  const { written, progress } = open("line");
  progress.start({ from: undefined, to: "1.1.0", layers: [layer], critical: false });
  progress.advance(layer, 1000);
  progress.finish();
  progress.close();
  expect(written.at(-1)).toContain("Installing App 1.1.0");
});

test("a critical update can be skipped by Ctrl+C while it is waited for, and no other", () => {
  let press: (() => void) | undefined;
  let skipped = 0;
  const written: string[] = [];
  const progress = openProgress({
    mode: "line",
    write: (text) => void written.push(text),
    app: "App",
    messages: selectMessages("en"),
    now: () => 0,
    onSkip: () => (skipped += 1),
    onInterrupt(call) {
      press = call;
      return () => (press = undefined);
    },
  });
  const update = { from: "1.0.0", to: "1.1.0", layers: [layer] };
  progress.start({ ...update, critical: false });
  expect([press, written.join("")]).toEqual([undefined, expect.not.stringContaining("Ctrl")]);
  progress.start({ ...update, critical: true });
  expect(written.join("")).toContain("Ctrl+C: Skip for now\n");
  press?.();
  expect(skipped).toBe(1);
  progress.close();
  expect(press).toBeUndefined();
});

test("silence shows nothing", () => {
  const { written, progress } = open("silent");
  progress.start({ from: undefined, to: "1.1.0", layers: [layer], critical: false });
  progress.finish();
  progress.close();
  expect([written, progress.isShown()]).toEqual([[], false]);
});
