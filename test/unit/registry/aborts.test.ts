import { describe, expect, test } from "vitest";
import { blobOf, chunked, collect, noise } from "../../support/bytes.ts";
import { openScripted } from "../../support/client.ts";
import { type Script, startScriptedServer } from "../../support/scriptedServer.ts";

const bytes = noise(10_000);
const blob = blobOf(bytes);
const reason = new Error("the caller's own reason");
// What AbortSignal.timeout() aborts with.
const deadline = new DOMException("The operation was aborted due to timeout", "TimeoutError");
const LATE = { code: "unavailable", message: expect.stringContaining("did not answer in time") };

/** Aborts in the first pause, as a timer would. */
function abortInPause(why: unknown) {
  const controller = new AbortController();
  const sleep = async (_: number, signal?: AbortSignal): Promise<void> => {
    controller.abort(why);
    signal?.throwIfAborted();
  };
  return { signal: controller.signal, sleep };
}

const broken: Script = () => (response) => {
  response.writeHead(200, { "content-length": bytes.byteLength });
  response.write(bytes.subarray(0, 100), () => response.socket?.destroySoon());
};

describe("an abort", () => {
  test.each([
    ["the caller's reason", reason, reason],
    ["a deadline as a sentence about the host", deadline, expect.objectContaining(LATE)],
  ])("in a pause between tries gives %s", async (_, why, expected) => {
    const { signal, sleep } = abortInPause(why);
    await using scripted = await openScripted(() => ({ status: 503 }), { sleep });
    await expect(scripted.repository.tags({ signal })).rejects.toEqual(expected);
    expect(scripted.server.log).toHaveLength(1);
  });

  test.each([
    ["the caller's reason", reason, reason],
    ["a deadline as a sentence about the host", deadline, expect.objectContaining(LATE)],
  ])("in a pause of a download gives %s", async (_, why, expected) => {
    const { signal, sleep } = abortInPause(why);
    await using scripted = await openScripted(broken, { sleep });
    await expect(collect(scripted.repository.fetch(blob, { signal }))).rejects.toEqual(expected);
    expect(scripted.server.log).toHaveLength(1);
  });

  test("in a pause of an upload gives the caller's reason", async () => {
    const { signal, sleep } = abortInPause(reason);
    const script: Script = ({ method }) =>
      method === "HEAD"
        ? { status: 404 }
        : method === "POST"
          ? { status: 202, headers: { location: "/u" } }
          : { status: 503 };
    await using scripted = await openScripted(script, { sleep });
    await expect(scripted.repository.push(blob, chunked(bytes), { signal })).rejects.toBe(reason);
  });

  test("in the middle of a body gives the caller's reason, not a broken connection", async () => {
    const controller = new AbortController();
    await using scripted = await openScripted(() => (response) => {
      response.writeHead(200, { "content-length": bytes.byteLength });
      response.write(bytes.subarray(0, 100));
    });
    const read = async (): Promise<void> => {
      for await (const _ of scripted.repository.fetch(blob, { signal: controller.signal })) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });

  test("of one request leaves the token that others wait for alone", async () => {
    const controller = new AbortController();
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    await using tokens = await startScriptedServer(() => (response) => {
      asked.resolve();
      void go.promise.then(() => response.end(JSON.stringify({ token: "good" })));
    });
    await using scripted = await openScripted(({ headers }) =>
      headers.authorization === "Bearer good"
        ? { body: JSON.stringify({ tags: ["1.0.0"] }) }
        : { status: 401, headers: { "www-authenticate": `Bearer realm="http://${tokens.address}/token"` } },
    );
    const impatient = scripted.repository.tags({ signal: controller.signal });
    const patient = scripted.repository.tags();
    await asked.promise;
    controller.abort(reason);
    await expect(impatient).rejects.toBe(reason);
    go.resolve();
    expect(await patient).toEqual(["1.0.0"]);
    expect(tokens.log).toHaveLength(1);
  });
});
