import { describe, expect, test } from "vitest";
import { BLOCK_BYTES, giveBack, takeBlock } from "../../../src/blocks.ts";
import { type Inbox, openInbox } from "../../../src/http/inbox.ts";
import { noise } from "../../support/bytes.ts";

const open = (expected: number | undefined, events: string[] = []): Inbox =>
  openInbox({
    expected,
    onSpace: () => events.push("space"),
    onAbandoned: () => events.push("abandoned"),
  });

async function collect(inbox: Inbox): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of inbox.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("what arrives of a body", () => {
  test.each([10, undefined])(
    "comes out as it went in, with what was read straight into it (of %j bytes)",
    async (size) => {
      const inbox = open(size);
      inbox.write(Buffer.from("abc"));
      inbox.space(4).set(Buffer.from("defg"));
      inbox.arrived(4);
      inbox.write(Buffer.from("hij"));
      inbox.end();
      expect((await collect(inbox)).toString()).toBe("abcdefghij");
    },
  );

  test("is handed on in few large pieces", async () => {
    const bytes = noise(3 * BLOCK_BYTES + 5);
    const inbox = open(bytes.byteLength);
    for (let at = 0; at < bytes.byteLength; at += 1000) inbox.write(bytes.subarray(at, at + 1000));
    inbox.end();
    const sizes: number[] = [];
    for await (const chunk of inbox.body) sizes.push(chunk.byteLength);
    expect(sizes).toEqual([BLOCK_BYTES, BLOCK_BYTES, BLOCK_BYTES, 5]);
  });

  test("is handed on when nothing more comes for a moment", async () => {
    const inbox = open(1000);
    inbox.write(Buffer.from("slow"));
    const { value } = await inbox.body[Symbol.asyncIterator]().next();
    expect(Buffer.from(value as Uint8Array).toString()).toBe("slow");
  });

  test("is full until enough is read", async () => {
    const events: string[] = [];
    const inbox = open(undefined, events);
    const bytes = noise(8 * BLOCK_BYTES);
    inbox.write(bytes);
    expect([inbox.full, events]).toEqual([true, []]);
    const reader = inbox.body[Symbol.asyncIterator]();
    while (inbox.full) await reader.next();
    expect(events).toEqual(["space"]);
  });

  test("is read before the error that ended it, and the error then", async () => {
    const inbox = open(10);
    inbox.write(Buffer.from("half"));
    inbox.fail(new Error("cut"));
    const reader = inbox.body[Symbol.asyncIterator]();
    expect(Buffer.from((await reader.next()).value as Uint8Array).toString()).toBe("half");
    await expect(reader.next()).rejects.toThrow("cut");
  });

  test("is let go when its reader leaves early, and only then", async () => {
    const events: string[] = [];
    const early = open(10, events);
    early.write(Buffer.from("0123456789"));
    for await (const _ of early.body) break;
    expect(events).toEqual(["abandoned"]);
    const whole = open(2, events);
    whole.write(Buffer.from("ab"));
    whole.end();
    for await (const _ of whole.body) break;
    expect(events).toEqual(["abandoned"]);
  });
});

describe("a block", () => {
  test("is used again when all of it is given back", () => {
    const block = takeBlock(BLOCK_BYTES);
    giveBack(block);
    expect(takeBlock(BLOCK_BYTES - 1).buffer).toBe(block.buffer);
  });

  test("is not lent twice, whatever is given back of it", () => {
    const block = takeBlock(BLOCK_BYTES);
    giveBack(block.subarray(0, 1000));
    giveBack(block.subarray(1));
    giveBack(new Uint8Array(block.buffer, 0, BLOCK_BYTES - 1));
    expect(takeBlock(BLOCK_BYTES).buffer).not.toBe(block.buffer);
    giveBack(block);
    giveBack(block);
    const [one, two] = [takeBlock(BLOCK_BYTES), takeBlock(BLOCK_BYTES)];
    expect(one.buffer).not.toBe(two.buffer);
  });

  test("of somebody else stays theirs", () => {
    const mine = new Uint8Array(BLOCK_BYTES);
    giveBack(mine);
    expect(takeBlock(BLOCK_BYTES).buffer).not.toBe(mine.buffer);
  });
});
