/** What a thread is busy with, for another one to see that it does not come to an end. */
export interface Pulse {
  readonly shared: SharedArrayBuffer;
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
const [COUNT, LENGTH] = [0, 1];

export function openPulse(maxBytes: number, shared = new SharedArrayBuffer(HEADER_BYTES + maxBytes)): Pulse {
  const header = new Int32Array(shared, 0, 2);
  const content = new Uint8Array(shared, HEADER_BYTES);
  return {
    shared,
    begin(bytes) {
      const kept = bytes.subarray(0, content.byteLength);
      content.set(kept);
      header[LENGTH] = kept.byteLength;
      // Odd while it runs.
      Atomics.add(header, COUNT, 1);
    },
    end: () => void Atomics.add(header, COUNT, 1),
  };
}

export function viewPulse(shared: SharedArrayBuffer): PulseView {
  const header = new Int32Array(shared, 0, 2);
  const count = Atomics.load(header, COUNT);
  const bytes = Buffer.from(new Uint8Array(shared, HEADER_BYTES, header[LENGTH]));
  return { run: count % 2 === 0 ? undefined : count, bytes };
}

/** Tells once for how long the same input has been under way, when that is longer than it may be. */
export function watchPulse(shared: SharedArrayBuffer, limit: number, onStuck: (bytes: Buffer) => void): NodeJS.Timeout {
  let known: number | undefined;
  let since = performance.now();
  const timer = setInterval(() => {
    const { run, bytes } = viewPulse(shared);
    if (run === undefined || run !== known) {
      known = run;
      since = performance.now();
    } else if (performance.now() - since > limit) {
      clearInterval(timer);
      onStuck(bytes);
    }
  }, 100);
  return timer;
}
