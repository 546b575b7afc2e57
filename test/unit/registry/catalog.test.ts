import { describe, expect, test } from "vitest";
import { openRegistry, type RegistryOptions } from "../../../src/registry/client.ts";
import { json, type Reply, type Script, startScriptedServer } from "../../support/scriptedServer.ts";

async function list(script: Script, options: Partial<RegistryOptions> = {}) {
  await using server = await startScriptedServer(script);
  await using client = openRegistry({ userAgent: "test", retries: { attempts: 1 }, ...options });
  return { names: await client.repositories(server.address), log: server.log };
}

describe("the list of repositories", () => {
  test("is read over all pages, without what is no name", async () => {
    const { names, log } = await list((_, url) =>
      url.searchParams.has("last")
        ? json({ repositories: ["b/c", 7, "../evil", "A"] })
        : json({ repositories: ["a"] }, { link: '</v2/_catalog?n=1000&last=a>; rel="next"' }),
    );
    expect(names).toEqual(["a", "b/c"]);
    expect(log).toEqual(["GET /v2/_catalog?n=1000", "GET /v2/_catalog?n=1000&last=a"]);
  });

  test("ends where the pages go round in a circle, and at an empty one", async () => {
    const link = '</v2/_catalog?n=1000>; rel="next"';
    expect((await list(() => json({ repositories: ["a"] }, { link }))).names).toEqual(["a"]);
    expect((await list(() => json({ repositories: null }, { link: '<?last=x>; rel="next"' }))).names).toEqual([]);
  });

  test("needs the right that the registry names, which a token from before does not have", async () => {
    const script: Script = ({ headers }, url) => {
      if (url.pathname === "/token") return json({ token: url.searchParams.getAll("scope").join(" ") || "none" });
      const scope = url.pathname === "/v2/_catalog" ? "registry:catalog:*" : "";
      if (headers.authorization === `Bearer ${scope === "" ? "none" : scope}`)
        return scope === "" ? { status: 200 } : json({ repositories: ["a"] });
      const challenge = `Bearer realm="http://${headers.host}/token",service="test"${scope === "" ? "" : `,scope="${scope}"`}`;
      return { status: 401, headers: { "www-authenticate": challenge } };
    };
    await using server = await startScriptedServer(script);
    await using client = openRegistry({ userAgent: "test" });
    await client.ping(server.address);
    expect(await client.repositories(server.address)).toEqual(["a"]);
    expect(server.log).toEqual([
      "GET /v2/",
      "GET /token?service=test",
      "GET /v2/ [Bearer none]",
      "GET /v2/_catalog?n=1000 [Bearer none]",
      "GET /token?service=test&scope=registry%3Acatalog%3A*",
      "GET /v2/_catalog?n=1000 [Bearer registry:catalog:*]",
    ]);
  });

  test.each<[number, string]>([
    [401, "not-allowed"],
    [403, "not-allowed"],
    [404, "not-found"],
    [405, "bad-data"],
  ])("that is answered %i says which host has none, and where else to look", async (status, code) => {
    await expect(list(() => ({ status }))).rejects.toMatchObject({
      code,
      status,
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ does not list its repositories: .* answered/),
      hint: expect.stringContaining("web page"),
      remedy: { kind: "login", host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    });
  });

  test.each<[string, Reply, object]>([
    ["has trouble", { status: 503 }, { code: "unavailable" }],
    ["limits requests", { status: 429 }, { code: "temporary" }],
    ["is a page for people", { headers: { "content-type": "text/html" }, body: "<html>" }, { code: "unavailable" }],
    ["lists tags", json({ tags: [] }), { code: "bad-data" }],
  ])("may be there where the server %s", async (_, reply, expected) => {
    const failed = await list(() => reply).catch((error: unknown) => error);
    expect(failed).toMatchObject(expected);
    expect(String(failed)).not.toContain("does not list");
  });
});
