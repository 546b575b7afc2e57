import type { Dialogs, ProgressWindow } from "../desktop/dialogs.ts";
import { type MeterOptions, openMeter } from "./meter.ts";
import type { Progress } from "./progress.ts";

export interface WindowProgressOptions extends MeterOptions {
  readonly dialogs: Dialogs;
  /** Path of the file with the program's icon. */
  readonly icon: () => string | undefined;
  /** What happens when the person does not want to wait; without it they cannot but wait. */
  readonly onSkip: (() => void) | undefined;
  /** Whether nothing is installed yet, so that looking for a version is worth showing too. */
  readonly first: boolean;
  /** Calls back after so many milliseconds. @returns what calls it off. */
  readonly later: (call: () => void, ms: number) => () => void;
}

// What is over sooner is not worth a window that flashes by.
const PATIENCE_MS = 500;
const REDRAW_MS = 200;

/** A download in a small window, for a person without a terminal. */
export function openWindowProgress(options: WindowProgressOptions): Progress {
  const { app, messages, dialogs, icon, onSkip, first, later, now } = options;
  const meter = openMeter(options);
  let window: ProgressWindow | undefined;
  let callOff: (() => void) | undefined;
  let started = false;
  let finished = false;
  let closed = false;
  let drawn = Number.NEGATIVE_INFINITY;

  if (first) appearLater();

  function appearLater(): void {
    callOff ??= later(() => {
      if (closed) return;
      window = dialogs.openProgress({
        title: app,
        text: text(),
        skip: onSkip === undefined ? undefined : messages.skip(),
        onSkip,
        icon: icon(),
      });
      draw();
    }, PATIENCE_MS);
  }

  function text(): string {
    if (!started) return app;
    return finished ? messages.unpacking(app) : `${meter.title()}\n${meter.detail().trim()}`;
  }

  function draw(): void {
    drawn = now();
    window?.show({ text: text(), share: started && !finished ? meter.share() : undefined });
  }

  return {
    start(update) {
      meter.start(update);
      [started, finished] = [true, false];
      appearLater();
      draw();
    },
    advance(layer, bytes) {
      meter.advance(layer, bytes);
      if (now() - drawn >= REDRAW_MS) draw();
    },
    finish() {
      finished = true;
      draw();
    },
    // It goes away as windows do, and whoever saw it sees the program instead.
    isShown: () => false,
    close() {
      closed = true;
      callOff?.();
      window?.close();
    },
  };
}
