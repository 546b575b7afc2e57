import { styleText } from "node:util";
import { formatBytes } from "../format.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { UpdateProgress } from "../update/context.ts";
import type { Messages } from "./messages.ts";

export interface ProgressOptions {
  readonly app: string;
  readonly messages: Messages;
  /** `line` redraws one line on a terminal, `plain` writes a line now and then, `silent` nothing. */
  readonly mode: "line" | "plain" | "silent";
  readonly write: (text: string) => void;
  /** Milliseconds on any steady clock. */
  readonly now: () => number;
}

const REDRAW_MS = 100;
const PLAIN_STEP = 0.25;

/** Shows a download to the person who waits for it. */
export function openProgress({ app, messages, mode, write, now }: ProgressOptions): UpdateProgress {
  if (mode === "silent") return { start: () => undefined, advance: () => undefined, finish: () => undefined };
  const received = new Map<string, number>();
  let title = "";
  let total = 0;
  let started = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let nextStep = PLAIN_STEP;

  function draw(bytes: number): void {
    const text = `${title}: ${formatShare(bytes, total)}${formatSpeed(bytes, now() - started)}`;
    if (mode === "line") write(`\r\x1b[2K${text}`);
    else write(`${text}\n`);
  }

  return {
    start({ from, to, layers }) {
      title = from === undefined ? messages.installing(app, to) : messages.updating(app, from, to);
      total = layers.reduce((sum, { size }) => sum + size, 0);
      started = now();
      draw(0);
    },
    advance(layer: Descriptor, bytes: number) {
      received.set(layer.digest, bytes);
      let sum = 0;
      for (const size of received.values()) sum += size;
      const done = sum >= total;
      if (mode === "line" ? now() - drawn < REDRAW_MS && !done : sum < nextStep * total) return;
      drawn = now();
      while (nextStep * total <= sum && nextStep <= 1) nextStep += PLAIN_STEP;
      draw(Math.min(sum, total));
    },
    finish() {
      if (mode === "line") write(`\r\x1b[2K${title} ${styleText("green", "✓")}\n`);
    },
  };
}

function formatShare(bytes: number, total: number): string {
  const share = total === 0 ? 100 : Math.floor((bytes / total) * 100);
  return `${String(share).padStart(3)} % of ${formatBytes(total)}`;
}

function formatSpeed(bytes: number, elapsed: number): string {
  // The first moments tell nothing about the speed.
  return elapsed < 500 || bytes === 0 ? "" : `, ${formatBytes(Math.round((bytes / elapsed) * 1000))}/s`;
}
