import { formatBytes } from "../format.ts";
import type { CopyEvent } from "../oci/copy.ts";
import { isStoredAsManifest } from "../oci/mediaTypes.ts";
import type { CommandContext } from "./command.ts";

export interface TransferProgress extends Disposable {
  /** Takes what `copyGraph` tells, or the same from elsewhere. */
  readonly onEvent: (event: CopyEvent) => void;
  /** Bytes that travelled. */
  sent(): number;
}

export interface TransferProgressOptions {
  /** What is going on: "pulling". */
  readonly label: string;
  readonly write: (text: string) => void;
  /** Whether there is a terminal to draw on. */
  readonly visible: boolean;
  /** Milliseconds on any steady clock. */
  readonly now: () => number;
}

// What is over before anybody begins to wonder needs no bar.
const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
const WIDTH = 24;

export function showTransfer(context: CommandContext, label: string): TransferProgress {
  const write = (text: string): void => context.note(text);
  return openTransferProgress({ label, write, visible: context.interactive, now: () => performance.now() });
}

/** One line for all blobs together, redrawn in place, and gone at the end. */
export function openTransferProgress({ label, write, visible, now }: TransferProgressOptions): TransferProgress {
  const received = new Map<string, number>();
  const started = now();
  let total = 0;
  let count = 0;
  let finished = 0;
  let bytes = 0;
  let drawn: number | undefined;

  function draw(): void {
    const time = now();
    if (!visible || time - started < PATIENCE_MS || (drawn !== undefined && time - drawn < REDRAW_MS)) return;
    drawn = time;
    const share = total === 0 ? 1 : Math.min(1, bytes / total);
    const bar = "█".repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, "░");
    const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
    const speed = formatBytes(Math.round((bytes / (time - started)) * 1000));
    write(
      `\r\x1b[2K${label} ${bar} ${percent}  ${formatBytes(bytes)} of ${formatBytes(total)}, ${speed}/s, ${finished} of ${count}`,
    );
  }

  return {
    onEvent(event) {
      if (event.kind === "queued") {
        total += event.size;
        count += 1;
        return draw();
      }
      const { digest, mediaType, size } = event.descriptor;
      // Manifests are small, and nobody counts them.
      if (isStoredAsManifest(mediaType)) return;
      switch (event.kind) {
        case "exists":
        case "foreign":
          total -= size;
          count -= 1;
          break;
        case "progress":
          bytes += event.bytes - (received.get(digest) ?? 0);
          received.set(digest, event.bytes);
          break;
        case "done":
          finished += 1;
      }
      draw();
    },
    sent: () => bytes,
    [Symbol.dispose]() {
      if (drawn !== undefined) write("\r\x1b[2K");
    },
  };
}
