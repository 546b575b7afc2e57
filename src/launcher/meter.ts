import { formatBytes } from "../format.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { UpdateProgress } from "../update/context.ts";
import type { Messages } from "./messages.ts";

export interface MeterOptions {
  readonly app: string;
  readonly messages: Messages;
  /** Milliseconds on any steady clock. */
  readonly now: () => number;
}

type Update = Parameters<UpdateProgress["start"]>[0];

/** What a download has come to, in words and figures. */
export interface Meter {
  start(update: Update): void;
  advance(layer: Descriptor, bytes: number): void;
  /** `Updating App from 1.0.0 to 1.1.0`. */
  title(): string;
  /** From 0 to 1. */
  share(): number;
  /** `42 % of 61.3 MB, 8.2 MB/s, 4 s left`. */
  detail(): string;
}

// The speed of these last moments: a line that was slow a minute ago says nothing about the next one.
const WINDOW_MS = 5000;
const SAMPLE_MS = 250;
// The first moments tell nothing.
const SETTLED_MS = 500;

export function openMeter({ app, messages, now }: MeterOptions): Meter {
  const received = new Map<string, number>();
  let samples: { readonly at: number; readonly bytes: number }[] = [];
  let title = app;
  let total = 0;
  let sum = 0;

  const share = (): number => (total === 0 ? 1 : Math.min(1, sum / total));

  function speed(): number | undefined {
    const [first] = samples;
    const last = samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < SETTLED_MS) return undefined;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }

  return {
    start({ from, to, layers }) {
      title = from === undefined ? messages.installing(app, to) : messages.updating(app, from, to);
      total = layers.reduce((bytes, { size }) => bytes + size, 0);
      received.clear();
      samples = [];
      sum = 0;
    },

    advance({ digest }, bytes) {
      sum += bytes - (received.get(digest) ?? 0);
      received.set(digest, bytes);
      const at = now();
      if (at - (samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS) return;
      samples = [...samples.filter((sample) => at - sample.at <= WINDOW_MS), { at, bytes: sum }];
    },

    title: () => title,
    share,

    detail() {
      const percent = String(Math.floor(share() * 100)).padStart(3);
      const parts = [`${percent} % of ${formatBytes(total)}`];
      const bytesPerSecond = speed();
      if (bytesPerSecond !== undefined && bytesPerSecond > 0) {
        parts.push(`${formatBytes(Math.round(bytesPerSecond))}/s`);
        if (sum < total) parts.push(messages.remaining(formatTime((total - sum) / bytesPerSecond)));
      }
      return parts.join(", ");
    },
  };
}

/** `40 s`, `3 min`, `2 h`: rounded up, so that it is never late. */
function formatTime(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3600)} h`;
}
