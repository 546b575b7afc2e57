import { describe, expect, test } from "vitest";
import { openRegistry } from "../../../src/registry/client.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { openScripted } from "../../support/client.ts";
import { type Script, startScriptedServer } from "../../support/scriptedServer.ts";

const bytes = noise(10_000);
const blob = blobOf(bytes);

/** Serves the blob with Range, but the first answers break off after so many bytes. */
function breaking(...cuts: readonly number[]): Script {
  let answers = 0;
  return (request) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const cut = cuts[answers];
    answers += 1;
    const body = bytes.subarray(start);
    const headers =
      start === 0 ? {} : { "content-range": `bytes ${start}-${bytes.byteLength - 1}/${bytes.byteLength}` };
    if (cut === undefined) return { status: start === 0 ? 200 : 206, headers, body };
    return (response) => {
      response.writeHead(start === 0 ? 200 : 206, { ...headers, "content-length": body.byteLength });
      response.write(body.subarray(0, cut), () => response.socket?.destroySoon());
    };
  };
}

describe("a blob", () => {
  test("goes on where a broken connection stopped", async () => {
    const ranges: (string | undefined)[] = [];
    const script = breaking(3000, 2000);
    await using scripted = await openScripted((request, url) => {
      ranges.push(request.headers.range);
      return script(request, url);
    });
    expect(bytes.equals(await collect(scripted.repository.fetch(blob)))).toBe(true);
    expect(ranges).toEqual([undefined, "bytes=3000-", "bytes=5000-"]);
  });

  test("comes whole from a server that ignores Range", async () => {
    let answers = 0;
    await using scripted = await openScripted(() => {
      answers += 1;
      if (answers > 1) return { body: bytes };
      return (response) => {
        response.writeHead(200, { "content-length": bytes.byteLength });
        response.write(bytes.subarray(0, 4000), () => response.socket?.destroySoon());
      };
    });
    expect(bytes.equals(await collect(scripted.repository.fetch(blob)))).toBe(true);
  });

  test("is asked for again at the registry, because a redirect's address expires", async () => {
    const store = breaking(3000);
    await using storage = await startScriptedServer(store);
    await using scripted = await openScripted(() => ({
      status: 307,
      headers: { location: `http://${storage.address}/signed?signature=1` },
    }));
    expect(bytes.equals(await collect(scripted.repository.fetch(blob)))).toBe(true);
    expect(scripted.server.log).toHaveLength(2);
  });

  test("gives up after some tries that bring nothing", async () => {
    await using scripted = await openScripted(breaking(...Array.from({ length: 99 }, () => 0)));
    await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({ code: "unavailable" });
    expect(scripted.server.log.length).toBeLessThan(20);
  });

  test("is asked for no more often than anything else where no answer comes", async () => {
    await using scripted = await openScripted(() => (response) => response.destroy());
    await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({ code: "unavailable" });
    expect(scripted.server.log).toHaveLength(4);
  });

  test("is not asked for again where a redirect is not followed", async () => {
    await using scripted = await openScripted(() => ({ status: 307, headers: { location: "file:///etc/passwd" } }));
    await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({ code: "unavailable" });
    expect(scripted.server.log).toHaveLength(1);
  });

  test.each<[string, Script, string]>([
    ["other bytes", () => ({ body: noise(10_000, "other") }), "wrong digest"],
    ["another length", () => ({ body: bytes.subarray(1) }), "wrong size"],
    ["more without saying so", () => (response) => void response.end(Buffer.concat([bytes, bytes])), "wrong size"],
  ])("with %s is refused", async (_, script, message) => {
    await using scripted = await openScripted(script);
    await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(message),
    });
  });

  test("of which another part is sent than was asked for is refused", async () => {
    await using scripted = await openScripted(() => ({
      status: 206,
      headers: { "content-range": "bytes 0-99/10000" },
      body: bytes.subarray(0, 100),
    }));
    await expect(collect(scripted.repository.fetch(blob, { offset: 5000 }))).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("another part"),
    });
  });
});

describe("a part of a blob", () => {
  const part =
    (headers: Readonly<Record<string, string>>, status = 206): Script =>
    () => ({ status, headers, body: bytes.subarray(5000) });

  test.each([
    ["of the right place and total", { "content-range": "bytes 5000-9999/10000" }],
    ["of an unknown total", { "content-range": "bytes 5000-9999/*" }],
  ])("%s is taken", async (_, headers) => {
    await using scripted = await openScripted(part(headers));
    const got = await collect(scripted.repository.fetch(blob, { offset: 5000 }));
    expect(got.equals(bytes.subarray(5000))).toBe(true);
  });

  test.each([
    ["of another total", part({ "content-range": "bytes 5000-9999/99999" }), "got 99999"],
    ["without its place", part({}), "another part"],
    ["that is not there", part({ "content-range": "bytes */4000" }, 416), "got at most 5000"],
  ])("%s is refused", async (_, script, message) => {
    await using scripted = await openScripted(script);
    await expect(collect(scripted.repository.fetch(blob, { offset: 5000 }))).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(message),
    });
    expect(scripted.server.log).toHaveLength(1);
  });

  test("behind the end is nothing, and not asked for", async () => {
    await using scripted = await openScripted(() => ({ status: 500 }));
    expect(await collect(scripted.repository.fetch(blob, { offset: blob.size }))).toHaveLength(0);
    expect(scripted.server.log).toEqual([]);
  });
});

test("a page for people in place of a blob tells of the network in between", async () => {
  await using scripted = await openScripted(() => ({ headers: { "content-type": "text/html" }, body: "<html>" }));
  await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("a web page instead of data"),
  });
});

test("a blob is asked for as it is, in no encoding", async () => {
  const encodings: unknown[] = [];
  await using scripted = await openScripted(({ headers }) => {
    encodings.push(headers["accept-encoding"]);
    return { body: bytes };
  });
  await collect(scripted.repository.fetch(blob));
  expect(encodings).toEqual(["identity"]);
});

describe("redirects", () => {
  test("give another server no login either that is stored for it", async () => {
    const login = { kind: "basic", username: "me", password: "secret" } as const;
    await using storage = await startScriptedServer(({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { "www-authenticate": "Basic" } }
        : { body: '{"tags":[]}' },
    );
    await using registry = await startScriptedServer(() => ({
      status: 307,
      headers: { location: `http://${storage.address}/blob` },
    }));
    await using client = openRegistry({ userAgent: "test", credentials: async () => login });
    // The client knows the login, and that it fits.
    await client.repository({ host: storage.address, name: "example/app" }).tags();
    storage.log.length = 0;
    const repository = client.repository({ host: registry.address, name: "example/app" });
    await expect(collect(repository.fetch(blob))).rejects.toMatchObject({ code: "not-allowed" });
    expect(storage.log).toEqual(["GET /blob"]);
  });

  test("are answered with a stranger's token where the other server wants one", async () => {
    await using tokens = await startScriptedServer(() => ({ body: '{"token":"theirs"}' }));
    await using storage = await startScriptedServer(({ headers }) =>
      headers.authorization === "Bearer theirs"
        ? { body: bytes }
        : { status: 401, headers: { "www-authenticate": `Bearer realm="http://${tokens.address}/token"` } },
    );
    await using scripted = await openScripted(
      () => ({ status: 307, headers: { location: `http://${storage.address}/blob` } }),
      { credentials: async () => ({ kind: "basic", username: "me", password: "secret" }) },
    );
    expect(bytes.equals(await collect(scripted.repository.fetch(blob)))).toBe(true);
    expect(tokens.log).toEqual([expect.not.stringContaining("Basic")]);
  });

  test.each([403, 400])("to an address that has expired are asked for once more: %i", async (status) => {
    await using storage = await startScriptedServer((_, url) =>
      url.searchParams.get("signature") === "1" ? { status } : { body: bytes },
    );
    let signature = 0;
    await using scripted = await openScripted(() => {
      signature += 1;
      return { status: 307, headers: { location: `http://${storage.address}/blob?signature=${signature}` } };
    });
    expect(bytes.equals(await collect(scripted.repository.fetch(blob)))).toBe(true);
    expect(storage.log).toEqual(["GET /blob?signature=1", "GET /blob?signature=2"]);
  });

  test("to a storage that refuses every address end in its refusal", async () => {
    await using storage = await startScriptedServer(() => ({ status: 403 }));
    await using scripted = await openScripted(() => ({
      status: 307,
      headers: { location: `http://${storage.address}/blob` },
    }));
    await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({ code: "not-allowed", status: 403 });
    expect(storage.log).toHaveLength(2);
  });

  test("carry no login to another server", async () => {
    await using storage = await startScriptedServer(() => ({ body: bytes }));
    await using scripted = await openScripted(
      (request) =>
        request.headers.authorization === undefined
          ? { status: 401, headers: { "www-authenticate": "Basic" } }
          : { status: 302, headers: { location: `http://${storage.address}/blob` } },
      { credentials: async () => ({ kind: "basic", username: "me", password: "secret" }) },
    );
    await collect(scripted.repository.fetch(blob));
    expect(storage.log).toEqual(["GET /blob"]);
  });

  test.each([
    ["to themselves", "/v2/example/app/blobs/again", "more than 5 redirects"],
    ["to a file", "file:///etc/passwd", "a redirect to file:"],
    ["to nowhere", "http://[", "no address"],
  ])("%s are not followed", async (_, location, message) => {
    await using scripted = await openScripted(() => ({ status: 307, headers: { location } }));
    await expect(collect(scripted.repository.fetch(blob))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(message),
    });
  });
});
