import { closeSync, openSync, readFileSync, writeSync, writevSync } from "node:fs";

/** What is under way, in a file: it is still there when the process is not. */
export interface Pulse extends Disposable {
  begin(bytes: Uint8Array): void;
  end(): void;
}

/** From outside. */
export interface PulseView {
  /** The number of the input under way; undefined between two. */
  readonly run: number | undefined;
  /** The input, or the one before. */
  readonly bytes: Buffer;
}

const HEADER_BYTES = 8;
const LOOK_MS = 100;

export function openPulse(path: string): Pulse {
  const file = openSync(path, "w");
  const header = Buffer.alloc(HEADER_BYTES);
  // Odd while something runs.
  let count = 0;
  const next = (): void => void header.writeUInt32LE((count += 1), 0);
  return {
    begin(bytes) {
      next();
      header.writeUInt32LE(bytes.byteLength, 4);
      writevSync(file, [header, bytes], 0);
    },
    end() {
      next();
      writeSync(file, header, 0, 4, 0);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

export function viewPulse(path: string): PulseView {
  const content = readFileSync(path);
  if (content.byteLength < HEADER_BYTES) return { run: undefined, bytes: Buffer.alloc(0) };
  const count = content.readUInt32LE(0);
  const bytes = content.subarray(HEADER_BYTES, HEADER_BYTES + content.readUInt32LE(4));
  return { run: count % 2 === 0 ? undefined : count, bytes };
}

/** Tells once when the same input has been under way for longer than it may be. */
export function watchPulse(path: string, limit: number, onStuck: (bytes: Buffer) => void): NodeJS.Timeout {
  let known: number | undefined;
  let since = performance.now();
  const timer = setInterval(() => {
    const { run, bytes } = viewPulse(path);
    if (run === undefined || run !== known) {
      known = run;
      since = performance.now();
    } else if (performance.now() - since > limit) {
      clearInterval(timer);
      onStuck(bytes);
    }
  }, LOOK_MS);
  return timer;
}
