import { bodyFrom } from "../blobAnswer.ts";
import type { HttpResponse } from "../exchange.ts";
import { decideSplit } from "./decideSplit.ts";
import { openMeter } from "./meter.ts";
import { type Ending, readParts } from "./readParts.ts";
import { advance, type Transfer } from "./transfer.ts";

/** Hands out what an answer brings: over its own connection, and over more of them where that one is slow. */
export async function* readBlob(
  transfer: Transfer,
  response: HttpResponse,
): AsyncGenerator<Uint8Array, "end" | Ending> {
  const { context, descriptor } = transfer;
  const body = bodyFrom(response, descriptor, transfer.position);
  const ranges = mayGiveRanges(response);
  const etag = response.header("etag");
  const meter = openMeter(context.clock);
  try {
    for (;;) {
      const { done, value } = await meter.wait(body.next());
      if (done === true) return "end";
      advance(transfer, value);
      yield value;
      const { measured } = meter;
      const left = descriptor.size - transfer.position;
      const decision = decideSplit({ ...measured, left, ranges: ranges && transfer.splits > 0 });
      if (decision === "go-on") continue;
      if (decision === "split" && (yield* readParts(transfer, { body, etag, measured })) === "reopen") return "reopen";
      meter.reset();
    }
  } finally {
    await body.return();
  }
}

/** RFC 9110 section 14.3: a server that says nothing may give them all the same. */
function mayGiveRanges(response: HttpResponse): boolean {
  if (response.status === 206) return true;
  return response.status === 200 && !/\bnone\b/i.test(response.header("accept-ranges") ?? "");
}
