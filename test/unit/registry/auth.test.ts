import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../src/registry/challenge.ts";
import { openRegistry } from "../../../src/registry/client.ts";
import type { Credential } from "../../../src/registry/credential.ts";
import { openScripted } from "../../support/client.ts";
import { json, type Reply, type Script, startScriptedServer } from "../../support/scriptedServer.ts";

const LOGIN: Credential = { kind: "basic", username: "me", password: "pass:word" };
const BASIC = `Basic ${Buffer.from("me:pass:word").toString("base64")}`;

describe("challenges", () => {
  test.each([
    [
      'Bearer realm="https://a/token",service="b",scope="repository:x:pull"',
      [{ scheme: "bearer", parameters: { realm: "https://a/token", service: "b", scope: "repository:x:pull" } }],
    ],
    ['Basic realm="Registry"', [{ scheme: "basic", parameters: { realm: "Registry" } }]],
    [
      'Bearer realm="https://a,b/c", Basic realm="x"',
      [
        { scheme: "bearer", parameters: { realm: "https://a,b/c" } },
        { scheme: "basic", parameters: { realm: "x" } },
      ],
    ],
    [
      'BEARER Realm="q\\"uoted", Service=plain',
      [{ scheme: "bearer", parameters: { realm: 'q"uoted', service: "plain" } }],
    ],
    [
      "Negotiate, Basic realm=x",
      [
        { scheme: "negotiate", parameters: {} },
        { scheme: "basic", parameters: { realm: "x" } },
      ],
    ],
    ["", []],
    ['="', []],
  ])("%s", (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected);
  });

  test("that is one long word without sense is passed over at once", () => {
    // Each would take a second if it were looked at from each of its characters on.
    const header = `${"a".repeat(16_000)}(`;
    for (let times = 0; times < 500; times += 1) expect(parseChallenges(header)).toEqual([]);
  });
});

/** A registry that wants the bearer token "good", and the token service that gives it on these terms. */
function tokenRegistry(realm: () => string, accepted = "good"): Script {
  return (request) =>
    request.headers.authorization === `Bearer ${accepted}`
      ? json({ tags: ["1.0.0"] })
      : {
          status: 401,
          headers: {
            "www-authenticate": `Bearer realm="${realm()}",service="registry",scope="repository:example/app:pull"`,
          },
        };
}

describe("a registry with a token service", () => {
  test("gives strangers a token, which is used until it expires", async () => {
    let now = 1_000_000;
    await using tokens = await startScriptedServer(() => json({ token: "good", expires_in: 100 }));
    await using scripted = await openScripted(
      tokenRegistry(() => `http://${tokens.address}/token`),
      { now: () => now },
    );
    await scripted.repository.tags();
    await scripted.repository.tags();
    expect(tokens.log).toEqual(["GET /token?service=registry&scope=repository%3Aexample%2Fapp%3Apull"]);
    now += 101_000;
    await scripted.repository.tags();
    expect(tokens.log).toHaveLength(2);
  });

  test("takes access_token for token", async () => {
    await using tokens = await startScriptedServer(() => json({ access_token: "good" }));
    await using scripted = await openScripted(tokenRegistry(() => `http://${tokens.address}/token`));
    expect(await scripted.repository.tags()).toEqual(["1.0.0"]);
  });

  test("is given the login, and never another server", async () => {
    await using tokens = await startScriptedServer(() => json({ token: "good" }));
    await using scripted = await openScripted(
      tokenRegistry(() => `http://${tokens.address}/token`),
      { credentials: async () => LOGIN },
    );
    await scripted.repository.tags();
    expect(tokens.log[0]).toContain(`[${BASIC}]`);
    expect(scripted.server.log.filter((line) => line.includes("Basic"))).toEqual([]);
  });

  test("is asked as a stranger first where that is wanted", async () => {
    await using tokens = await startScriptedServer((request) =>
      json({ token: request.headers.authorization === undefined ? "narrow" : "good" }),
    );
    await using scripted = await openScripted(
      tokenRegistry(() => `http://${tokens.address}/token`),
      { credentials: async () => LOGIN, anonymousFirst: true },
    );
    await scripted.repository.tags();
    expect(tokens.log.map((line) => line.includes("Basic"))).toEqual([false, true]);
  });

  test("exchanges an identity token by OAuth2, and by GET where that is not spoken", async () => {
    const identity: Credential = { kind: "identity-token", token: "refresh" };
    await using modern = await startScriptedServer((request) =>
      request.method === "POST" ? json({ access_token: "good" }) : { status: 500 },
    );
    await using one = await openScripted(
      tokenRegistry(() => `http://${modern.address}/token`),
      { credentials: async () => identity },
    );
    await one.repository.tags();
    expect(modern.log).toEqual(["POST /token"]);
    await using old = await startScriptedServer((request) =>
      request.method === "POST" ? { status: 404 } : json({ token: "good" }),
    );
    await using two = await openScripted(
      tokenRegistry(() => `http://${old.address}/token`),
      { credentials: async () => identity },
    );
    await two.repository.tags();
    expect(old.log).toHaveLength(2);
  });

  test("that refuses a stored login still gives what is public", async () => {
    await using tokens = await startScriptedServer((request) =>
      request.headers.authorization === undefined ? json({ token: "good" }) : { status: 401 },
    );
    await using scripted = await openScripted(
      tokenRegistry(() => `http://${tokens.address}/token`),
      { credentials: async () => LOGIN },
    );
    expect(await scripted.repository.tags()).toEqual(["1.0.0"]);
    expect(scripted.warnings).toEqual([expect.stringContaining("the stored login is refused: the token service")]);
  });

  test("that says a token is not enough ends in a refusal that tells what to do", async () => {
    await using tokens = await startScriptedServer(() => json({ token: "narrow" }));
    await using scripted = await openScripted(tokenRegistry(() => `http://${tokens.address}/token`));
    await expect(scripted.repository.tags()).rejects.toMatchObject({
      code: "not-allowed",
      status: 401,
      remedy: { kind: "login", host: expect.stringContaining("127.0.0.1:") },
    });
  });

  test.each<[string, Reply, { code: string; hint: string }]>([
    ["without a token", json({ expires_in: 300 }), { code: "bad-data", hint: "tell whoever runs the registry" }],
    [
      "with a page for people",
      { headers: { "content-type": "text/html" }, body: "<html>" },
      { code: "unavailable", hint: "log in first" },
    ],
  ])("that answers %s is told with what to do", async (_, reply, { code, hint }) => {
    await using tokens = await startScriptedServer(() => reply);
    await using scripted = await openScripted(tokenRegistry(() => `http://${tokens.address}/token`));
    await expect(scripted.repository.tags()).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  test.each(["ftp://tokens.example/", "not an address", ""])(
    "is not followed to a token service at %j",
    async (realm) => {
      await using scripted = await openScripted(tokenRegistry(() => realm));
      await expect(scripted.repository.tags()).rejects.toMatchObject({
        code: expect.stringMatching(/bad-data|not-allowed/),
      });
    },
  );

  test("is asked for no repository when a registry is only pinged", async () => {
    await using tokens = await startScriptedServer(() => json({ token: "good" }));
    await using server = await startScriptedServer(({ headers }) =>
      headers.authorization === "Bearer good"
        ? {}
        : { status: 401, headers: { "www-authenticate": `Bearer realm="http://${tokens.address}/token",service=s` } },
    );
    await using client = openRegistry({ userAgent: "test" });
    await client.ping(server.address);
    expect(server.log[0]).toBe("GET /v2/");
    expect(tokens.log).toEqual(["GET /token?service=s"]);
  });

  test("that does not take POST (405) is asked by GET with the identity token", async () => {
    await using tokens = await startScriptedServer(({ method }) =>
      method === "POST" ? { status: 405 } : json({ token: "good" }),
    );
    await using scripted = await openScripted(
      tokenRegistry(() => `http://${tokens.address}/token`),
      { credentials: async () => ({ kind: "identity-token", token: "refresh" }) },
    );
    expect(await scripted.repository.tags()).toEqual(["1.0.0"]);
    expect(tokens.log.map((line) => line.split(" ")[0])).toEqual(["POST", "GET"]);
  });

  test("is not needed for a token that the config file holds", async () => {
    await using scripted = await openScripted(
      tokenRegistry(() => "https://tokens.invalid/"),
      { credentials: async () => ({ kind: "bearer", token: "good" }) },
    );
    await scripted.repository.tags();
    await scripted.repository.tags();
    expect(scripted.server.log.map((line) => line.includes("Bearer good"))).toEqual([false, true, true]);
  });

  test.each(["<html>", "{}", "[]", '{"token":""}', '{"token":"a\\r\\nb"}'])(
    "that answers %j gave no token",
    async (body) => {
      await using tokens = await startScriptedServer(() => ({ body }));
      await using scripted = await openScripted(tokenRegistry(() => `http://${tokens.address}/token`));
      await expect(scripted.repository.tags()).rejects.toMatchObject({
        code: "bad-data",
        message: expect.stringContaining("without a token"),
      });
    },
  );

  test("that answers without end is not read to it", async () => {
    await using tokens = await startScriptedServer(() => ({ body: "x".repeat(70_000) }));
    await using scripted = await openScripted(tokenRegistry(() => `http://${tokens.address}/token`));
    await expect(scripted.repository.tags()).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("65536 bytes"),
    });
  });

  test("gets one question for many requests that are refused together", async () => {
    await using tokens = await startScriptedServer(() => json({ token: "good" }));
    await using scripted = await openScripted(tokenRegistry(() => `http://${tokens.address}/token`));
    await Promise.all([1, 2, 3, 4].map(async () => await scripted.repository.tags()));
    expect(tokens.log).toHaveLength(1);
  });
});

describe("a registry with passwords", () => {
  const script: Script = (request) =>
    request.headers.authorization === BASIC
      ? json({ tags: [] })
      : { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };

  test("gets the login after it has asked, and from then on at once", async () => {
    await using scripted = await openScripted(script, { credentials: async () => LOGIN });
    await scripted.repository.tags();
    await scripted.repository.tags();
    expect(scripted.server.log.map((line) => line.includes(BASIC))).toEqual([false, true, true]);
  });

  test("does not get a login again that it refused, where it would let strangers in", async () => {
    await using scripted = await openScripted(
      ({ method, headers }) =>
        method === "GET" && headers.authorization === undefined
          ? json({ tags: ["1.0.0"] })
          : { status: 401, headers: { "www-authenticate": "Basic" } },
      { credentials: async () => LOGIN },
    );
    await expect(scripted.repository.delete("1.0.0")).rejects.toMatchObject({ code: "not-allowed" });
    expect(await scripted.repository.tags()).toEqual(["1.0.0"]);
  });

  test("refuses strangers without any secret in the error", async () => {
    await using scripted = await openScripted(script, { credentials: async () => ({ ...LOGIN, password: "wrong" }) });
    const error: unknown = await scripted.repository.tags().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "not-allowed" });
    expect(JSON.stringify(error)).not.toContain("wrong");
  });
});
