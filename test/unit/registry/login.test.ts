import { describe, expect, test } from "vitest";
import { checkLogin } from "../../../src/registry/login.ts";
import { json, type Reply, type Script, startScriptedServer } from "../../support/scriptedServer.ts";

const RIGHT = `Basic ${Buffer.from("me:right").toString("base64")}`;
const DENIED: Reply = {
  ...json({ errors: [{ code: "UNAUTHORIZED", message: "who are you" }] }, { "www-authenticate": 'Basic realm="x"' }),
  status: 401,
};

async function check(script: Script, password = "right"): Promise<{ result: string; log: readonly string[] }> {
  await using server = await startScriptedServer(script);
  const credential = { kind: "basic", username: "me", password } as const;
  const result = await checkLogin(server.address, credential, { userAgent: "test", retries: { attempts: 1 } });
  return { result, log: server.log };
}

/** A token service that gives strangers a token too, and the registry's API, which takes any. */
function publicRegistry(): Script {
  return ({ headers }, url) => {
    const { authorization } = headers;
    if (url.pathname === "/token") {
      if (authorization === undefined || authorization === RIGHT) return json({ token: "any" });
      return { ...json({ details: "incorrect username or password" }), status: 401 };
    }
    if (authorization?.startsWith("Bearer ") === true) return { status: 200 };
    const realm = `http://${headers.host}/token`;
    return { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}",service="test"` } };
  };
}

describe("a login", () => {
  test("that a registry with passwords takes is accepted", async () => {
    const { result, log } = await check(({ headers }) => (headers.authorization === RIGHT ? { status: 200 } : DENIED));
    expect(result).toBe("accepted");
    expect(log).toEqual(["GET /v2/", "GET /v2/", `GET /v2/ [${RIGHT}]`]);
  });

  test("that a token service takes is accepted, with a token for nothing in particular", async () => {
    const { result, log } = await check(publicRegistry());
    expect(result).toBe("accepted");
    expect(log).toContain(`GET /token?service=test [${RIGHT}]`);
  });

  test("is not proved by what strangers may see", async () => {
    await expect(check(publicRegistry(), "wrong")).rejects.toMatchObject({
      code: "not-allowed",
      message: expect.stringMatching(/does not take this login: .*incorrect username or password/),
      hint: expect.stringContaining("access token"),
    });
  });

  test("that is refused says what the registry says, and nothing of the password", async () => {
    const refused = await check(() => DENIED, "secret-word").catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "not-allowed",
      status: 401,
      errors: [{ code: "UNAUTHORIZED", message: "who are you" }],
      message: expect.stringContaining("does not take this login"),
    });
    expect(JSON.stringify(refused) + String(refused)).not.toContain("secret-word");
  });

  test("is not needed where strangers are let in", async () => {
    expect(await check(() => json({}))).toEqual({ result: "not-needed", log: ["GET /v2/"] });
  });

  test("may be asked for with a page for people, as web servers do before a registry", async () => {
    const page = { "www-authenticate": 'Basic realm="x"', "content-type": "text/html" };
    const script: Script = ({ headers }) =>
      headers.authorization === RIGHT ? { status: 200 } : { status: 401, headers: page, body: "<html>" };
    expect((await check(script)).result).toBe("accepted");
  });

  test.each<[string, Reply, object]>([
    ["is a page for people", { headers: { "content-type": "text/html" }, body: "<html>" }, { code: "unavailable" }],
    ["has trouble", { status: 503 }, { code: "unavailable", status: 503 }],
    ["has no registry", { status: 404 }, { code: "not-found", status: 404 }],
  ])("is not the matter where the server %s", async (_, reply, expected) => {
    const failed = await check(() => reply).catch((error: unknown) => error);
    expect(failed).toMatchObject(expected);
    expect(String(failed)).not.toContain("does not take this login");
  });
});
