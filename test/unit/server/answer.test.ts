import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { sendAnswer } from "../../../src/server/registry/answer.ts";

test("an answer ends, and lets go of its source, when the client goes away between two chunks", async () => {
  const ended = Promise.withResolvers<unknown>();
  let released = false;
  const server = createServer((request, response) => {
    async function* body(): AsyncIterable<Uint8Array> {
      try {
        yield Buffer.from("first");
        await once(response, "close");
        yield Buffer.alloc(1_000_000);
      } finally {
        released = true;
      }
    }
    sendAnswer(request, response, { status: 200, body: body() }).then(ended.resolve, ended.resolve);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const leave = new AbortController();
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: leave.signal });
  await answer.body?.getReader().read();
  leave.abort();
  expect(await ended.promise).toMatchObject({ message: "the client went away" });
  expect(released).toBe(true);
  server.close();
});
