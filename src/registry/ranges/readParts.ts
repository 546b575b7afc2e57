import { isFaster, type Measured, planParts } from "./decideSplit.ts";
import { type Meter, openMeter } from "./meter.ts";
import { type Part, type PartFailure, SEAM_BYTES } from "./part.ts";
import { openWindow, PARTS, type PartWindow } from "./partWindow.ts";
import { advance, type Transfer } from "./transfer.ts";

/** How it ended: the first connection goes on, or it is gone and a new one has to, if there is anything left. */
export type Ending = "first" | "reopen";

export interface FirstConnection {
  /** What comes over it: its next chunk is the next to be handed out. */
  readonly body: AsyncIterator<Uint8Array>;
  readonly etag: string | undefined;
  /** How fast it was. */
  readonly measured: Measured;
}

/**
 * Goes on with a blob over several connections, in its order. The first one brings the first part, and is let go only
 * when the part behind it has begun to come and is what it should be: where a server gives no parts, or no more
 * connections, nothing is lost.
 */
export async function* readParts(transfer: Transfer, first: FirstConnection): AsyncGenerator<Uint8Array, Ending> {
  const plan = planParts(first.measured);
  const boundary = transfer.position + plan.first;
  const window = openWindow(transfer, { start: boundary, size: plan.part, etag: first.etag });
  // There are enough connections already, or it is nearly there: perhaps later.
  if (window.head === undefined) return "first";
  transfer.splits -= 1;
  const meter = openMeter(transfer.context.clock);
  try {
    const seam = yield* readFirst(transfer, first.body, { boundary, window, meter });
    if (seam === undefined) {
      transfer.splits = 0;
      return "first";
    }
    transfer.context.pieced.add(transfer.descriptor.digest);
    window.takeOver();
    const judge = (): void => {
      if (transfer.position !== boundary + (PARTS - 1) * plan.part || isFaster(meter.measured, first.measured)) return;
      transfer.splits = 0;
      window.stop();
    };
    return yield* readRest(transfer, window, { seam, meter, judge });
  } finally {
    window.close();
  }
}

interface FirstPart {
  readonly boundary: number;
  readonly window: PartWindow;
  readonly meter: Meter;
}

/** @returns the last bytes before the boundary, or undefined where the first connection goes on. */
async function* readFirst(
  transfer: Transfer,
  body: AsyncIterator<Uint8Array>,
  { boundary, window, meter }: FirstPart,
): AsyncGenerator<Uint8Array, Uint8Array | undefined> {
  let seam: Uint8Array = new Uint8Array();
  while (window.failure === undefined) {
    const { done, value } = await meter.wait(body.next());
    if (done === true) return undefined;
    const inside = value.subarray(0, boundary - transfer.position);
    seam = endOf(seam, inside);
    const last = transfer.position + value.byteLength >= boundary;
    if (last && follows(window.head, seam)) {
      await body.return?.();
      advance(transfer, inside);
      yield inside;
      return seam;
    }
    advance(transfer, value);
    yield value;
    if (last) return undefined;
  }
  return undefined;
}

interface Rest {
  readonly seam: Uint8Array;
  readonly meter: Meter;
  /** Called at the end of each part. */
  readonly judge: () => void;
}

async function* readRest(
  transfer: Transfer,
  window: PartWindow,
  { seam: before, meter, judge }: Rest,
): AsyncGenerator<Uint8Array, Ending> {
  let seam = before;
  for (let part = window.head; part !== undefined; part = window.head) {
    let joined = false;
    for (;;) {
      const { done, value } = await meter.wait(part.next());
      if (transfer.signal?.aborted === true) return "reopen";
      if (done === true) break;
      if (!joined && !follows(part, seam)) return giveUp(transfer, "odd");
      joined = true;
      seam = endOf(seam, value);
      advance(transfer, value);
      yield value;
    }
    if (part.failure !== undefined) return giveUp(transfer, part.failure);
    judge();
    window.shift();
  }
  return "reopen";
}

/** A connection that broke says nothing of the others; one that was refused does. */
function giveUp(transfer: Transfer, failure: PartFailure): Ending {
  if (failure !== "cut") transfer.splits = 0;
  if (failure === "limited") transfer.limited = true;
  return "reopen";
}

function follows(part: Part | undefined, seam: Uint8Array): boolean {
  return part?.seam !== undefined && Buffer.compare(part.seam, seam) === 0;
}

/** A copy: the memory of what is handed out is used again. */
function endOf(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.byteLength >= SEAM_BYTES) return Buffer.from(chunk.subarray(-SEAM_BYTES));
  return Buffer.concat([before, chunk]).subarray(-SEAM_BYTES);
}
