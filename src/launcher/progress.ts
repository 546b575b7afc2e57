import { styleText } from "node:util";
import type { UpdateProgress } from "../update/context.ts";
import { type MeterOptions, openMeter } from "./meter.ts";

/** Shows a download to the person who waits for it. */
export interface Progress extends UpdateProgress {
  /** Takes away what is shown, at once: the program is about to start. */
  close(): void;
  /** Whether the person has seen lines of it, and wonders what became of them. */
  isShown(): boolean;
}

export interface ProgressOptions extends MeterOptions {
  /** `line` redraws one line on a terminal, `plain` writes a line now and then, `silent` nothing. */
  readonly mode: "line" | "plain" | "silent";
  readonly write: (text: string) => void;
  /** What happens when the person does not want to wait; without it they cannot but wait. */
  readonly onSkip?: (() => void) | undefined;
  /** Calls when Ctrl+C is pressed, instead of ending the process. @returns what calls it off. */
  readonly onInterrupt?: (call: () => void) => () => void;
}

const REDRAW_MS = 100;
const CLEAR = "\r\x1b[2K";
const PLAIN_STEP = 0.25;

export function openProgress({ mode, write, onSkip, onInterrupt, ...options }: ProgressOptions): Progress {
  if (mode === "silent") {
    const nothing = (): void => undefined;
    return { start: nothing, advance: nothing, finish: nothing, close: nothing, isShown: () => false };
  }
  const meter = openMeter(options);
  let drawn = Number.NEGATIVE_INFINITY;
  let nextStep = PLAIN_STEP;
  let shown = false;
  let open = false;
  let callOff: (() => void) | undefined;

  function offerToSkip(): void {
    if (mode !== "line" || onSkip === undefined || onInterrupt === undefined || callOff !== undefined) return;
    callOff = onInterrupt(onSkip);
    write(`Ctrl+C: ${options.messages.skip()}\n`);
  }

  function draw(): void {
    shown = true;
    open = mode === "line";
    const text = `${meter.title()}: ${meter.detail()}`;
    if (mode === "line") write(`${CLEAR}${text}`);
    else write(`${text}\n`);
  }

  return {
    isShown: () => shown,
    close() {
      callOff?.();
      if (open) write(CLEAR);
      open = false;
    },
    start(update) {
      meter.start(update);
      if (update.critical) offerToSkip();
      draw();
    },
    advance(layer, bytes) {
      meter.advance(layer, bytes);
      const share = meter.share();
      if (mode === "line" ? options.now() - drawn < REDRAW_MS && share < 1 : share < nextStep) return;
      drawn = options.now();
      while (nextStep <= share && nextStep <= 1) nextStep += PLAIN_STEP;
      draw();
    },
    finish() {
      if (mode === "line") write(`${CLEAR}${meter.title()} ${styleText("green", "✓")}\n`);
      open = false;
    },
  };
}
