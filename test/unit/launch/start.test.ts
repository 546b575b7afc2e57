import { describe, expect, test } from "vitest";
import { isWithin, readStart, type StartFacts } from "../../../src/launch/start.ts";

const APP = "/Applications/Example.app/Contents/MacOS/Example";
const facts: StartFacts = {
  platform: "linux",
  executable: "/home/p/Downloads/app",
  interface: "window",
  env: {},
  onTerminal: () => false,
  isFed: () => false,
  parent: 500,
};

describe("a start", () => {
  test.each<[string, Partial<StartFacts>, boolean, boolean]>([
    ["on Linux with a display and no terminal was opened", { env: { DISPLAY: ":0" } }, true, true],
    ["under Wayland too", { env: { WAYLAND_DISPLAY: "wayland-0" } }, true, true],
    ["on Linux without a display was not", { env: { DISPLAY: "" } }, false, false],
    ["from a terminal was not", { env: { DISPLAY: ":0" }, onTerminal: () => true }, false, false],
    ["by an editor behind a pipe was not", { env: { DISPLAY: ":0" }, isFed: () => true }, false, false],
    ["on a Mac by the Finder was opened", { platform: "darwin", executable: APP, parent: 1 }, true, true],
    ["on a Mac by a shell was not", { platform: "darwin", executable: APP }, false, false],
    ["on a Mac outside of a bundle was not", { platform: "darwin", parent: 1 }, false, false],
    [
      "on a Mac in Terminal was not",
      { platform: "darwin", executable: APP, parent: 1, onTerminal: () => true },
      false,
      false,
    ],
    ["on Windows always counts as opened", { platform: "win32" }, true, true],
    ["on Windows of a console program has a console", { platform: "win32", interface: "console" }, true, false],
    ["on Windows from a terminal speaks there", { platform: "win32", onTerminal: () => true }, true, false],
  ])("%s", (_, changed, opened, windowed) => {
    expect(readStart({ ...facts, ...changed })).toEqual({ opened, windowed });
  });
});

test.each([
  ["/data/launcher/app", "/data/launcher/app", true],
  ["/data/launcher/app2", "/data/launcher/app", false],
  [APP, "/Applications/Example.app", true],
  [APP, "/home/p/Applications/Example.app", false],
])("%s is within %s: %s", (executable, home, expected) => expect(isWithin(executable, home)).toBe(expected));
