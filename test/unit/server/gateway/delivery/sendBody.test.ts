import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { sendBody } from "../../../../../src/server/gateway/delivery/sendBody.ts";
import { NEVER } from "../scriptedShelf.ts";

/** A connection that is never done with what it is given, and on which something moves all the time. */
function openTrickle(): Writable {
  const trickle = new Writable({ write: () => undefined });
  return Object.assign(trickle, { setTimeout: () => trickle });
}

test("a visitor who takes too little of a block for too long is cut off, however often they do", async () => {
  const trickle = openTrickle();
  async function* chunks() {
    yield Buffer.alloc(1000);
  }
  const sent = await sendBody(trickle as unknown as ServerResponse, chunks(), {
    length: 1000,
    stallTimeout: 20,
    signal: NEVER,
  });
  expect(sent).toEqual({ bytes: 0, end: "stalled" });
  expect(trickle.destroyed).toBe(true);
});
