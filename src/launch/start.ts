import { bundleOf } from "../config/bundle.ts";

// This file is on the launch path, and pure.

/** What tells how a launcher was started. */
export interface StartFacts {
  readonly platform: string;
  /** Path of the running launcher. */
  readonly executable: string;
  readonly interface: "console" | "window";
  readonly env: { readonly DISPLAY?: string | undefined; readonly WAYLAND_DISPLAY?: string | undefined };
  /** Whether any standard stream is a terminal. */
  readonly onTerminal: () => boolean;
  /** Whether standard input is another program's end of a pipe. */
  readonly isFed: () => boolean;
  /** Of the process that started this one. */
  readonly parent: number;
}

export interface Start {
  /** Whether a person opened the file itself, and may want to find the program again. On Windows any start counts. */
  readonly opened: boolean;
  /** Whether what is said has to be said in a window, because nobody reads standard error. */
  readonly windowed: boolean;
}

/** Whether the executable is the launcher at its place: that file, or a file of that bundle. */
export function isWithin(executable: string, home: string): boolean {
  return executable === home || bundleOf(executable) === home;
}

/** How the launcher was started, as far as that can be told without asking anybody. */
export function readStart(facts: StartFacts): Start {
  switch (facts.platform) {
    case "win32":
      // A console program that is opened gets a console of its own.
      return { opened: true, windowed: facts.interface === "window" && !facts.onTerminal() };
    case "darwin": {
      // What the Finder and the Dock open is a child of launchd.
      const opened = facts.parent === 1 && bundleOf(facts.executable) !== undefined && !facts.onTerminal();
      return { opened, windowed: opened };
    }
    default: {
      const display = [facts.env.DISPLAY, facts.env.WAYLAND_DISPLAY].some((name) => name !== undefined && name !== "");
      // An editor that runs the program behind a pipe has a display too.
      const opened = display && !facts.isFed() && !facts.onTerminal();
      return { opened, windowed: opened };
    }
  }
}
