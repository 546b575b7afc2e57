import { deepEqual, ok } from "node:assert/strict";
import { HttpFault } from "../../../src/http/fault.ts";
import { idleTime } from "../../../src/http/framing.ts";
import type { ResponseHead } from "../../../src/http/head.ts";
import { type Inbox, openInbox } from "../../../src/http/inbox.ts";
import { openReception } from "../../../src/http/reception.ts";
import { choiceOf, type Target, target } from "../target.ts";

const MAX_HEADER = 64 * 1024;
const METHODS = ["GET", "GET", "HEAD", "CONNECT"] as const;

interface Received {
  head?: ResponseHead;
  whole: boolean;
  fault?: string;
  body: string;
  rest: string;
}

/** One answer as it comes over the wire, in pieces of this length. */
async function receive(bytes: Uint8Array, method: string, length: number): Promise<Received> {
  let inbox: Inbox | undefined;
  const received: Received = { whole: false, body: "", rest: "" };
  const reception = openReception({
    method,
    maxHeaderSize: MAX_HEADER,
    onHead(head, framing) {
      received.head = head;
      const idle = idleTime(head, framing, 5000);
      ok(idle >= 0 && idle <= 5000);
      const expected = framing.kind === "length" ? framing.length : undefined;
      return (inbox = openInbox({ expected, onSpace: () => undefined, onAbandoned: () => undefined }));
    },
    onTunnel(head, rest) {
      received.head = head;
      received.rest = rest.toString("latin1");
      received.whole = true;
    },
    onWhole: () => (received.whole = true),
  });
  try {
    for (let at = 0; at < bytes.byteLength; at += length) {
      let rest = Buffer.from(bytes.subarray(at, at + length));
      // As the connection does.
      while (rest.byteLength > 0 && !received.whole) rest = reception.take(rest) as typeof rest;
      received.rest += rest.toString("latin1");
    }
  } catch (error) {
    if (!(error instanceof HttpFault)) throw error;
    received.fault = error.code;
  }
  inbox?.end();
  if (inbox !== undefined) for await (const chunk of inbox.body) received.body += Buffer.from(chunk).toString("latin1");
  return received;
}

/** What servers send. */
export const wire: readonly Target[] = [
  target(
    "http",
    [
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n0\r\ntrailer: x\r\n\r\n",
      "HTTP/1.0 302 Found\r\nlocation: /x\r\nconnection: keep-alive\r\nkeep-alive: timeout=5\r\n\r\nuntil the end",
      "HTTP/1.1 103 Early\r\nlink: <x>\r\n\r\nHTTP/1.1 204 No\r\nx: a\r\n folded\r\n\r\n",
      "HTTP/1.1 200 \r\ncontent-length: 3, 3\r\nconnection: close\r\n\r\nabcrest",
    ],
    async (bytes) => {
      const method = METHODS[choiceOf(bytes, METHODS.length)] ?? "GET";
      const whole = await receive(bytes, method, Math.max(1, bytes.byteLength));
      ok(whole.body.length <= bytes.byteLength);
      // Wherever the network cuts it, it is the same answer. Byte by byte takes too long for what is long.
      const piece = bytes.byteLength > 4096 ? 1021 : 1 + choiceOf(bytes, 7);
      const cut = await receive(bytes, method, piece);
      // Before a fault something may have been handed on; and where there are two, either may be met first.
      if (whole.fault === undefined) deepEqual(cut, whole);
      else ok(cut.fault !== undefined);
    },
  ),
];
