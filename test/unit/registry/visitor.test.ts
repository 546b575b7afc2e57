import { describe, expect, test } from "vitest";
import { RefusedLocation } from "../../../src/registry/location.ts";
import { openVisitor } from "../../../src/registry/visitor.ts";
import { type Script, startScriptedServer } from "../../support/scriptedServer.ts";

async function visit<Found>(
  script: Script,
  act: (visitor: ReturnType<typeof openVisitor>, page: URL) => Promise<Found>,
): Promise<Found> {
  await using server = await startScriptedServer(script);
  await using visitor = openVisitor({ userAgent: "test", sleep: async () => undefined });
  return await act(visitor, new URL(`http://${server.address}/`));
}

describe("a visitor", () => {
  const script: Script = ({ method, headers }, url) => {
    if (url.pathname === "/moved") return { status: 302, headers: { location: "there" } };
    if (url.pathname !== "/there") return { status: 302, headers: { location: `${url.pathname}x` } };
    return { headers: { "x-seen": `${method} ${headers["user-agent"]}` }, body: "content" };
  };

  test("sees the headers where redirects lead, and says who they are", async () => {
    const look = await visit(script, async (visitor, page) => {
      return await visitor.look(new URL("moved", page), { "user-agent": "a browser" });
    });
    expect(look.status).toBe(200);
    expect(look.url.pathname).toBe("/there");
    expect(look.header("x-seen")).toBe("HEAD a browser");
  });

  test("reads what is small, and no more", async () => {
    const read = async (limit: number) =>
      await visit(script, async (visitor, page) => await visitor.read(new URL("moved", page), limit));
    expect(Buffer.from((await read(7)).bytes).toString()).toBe("content");
    await expect(read(6)).rejects.toMatchObject({ code: "bad-data" });
  });

  test.each([
    ["without end", script],
    ["to a file on the own computer", () => ({ status: 302, headers: { location: "file:///etc/passwd" } })],
  ] satisfies [string, Script][])("follows no redirects %s", async (_what, script) => {
    const looked = visit(script, async (visitor, page) => await visitor.look(page));
    await expect(looked).rejects.toBeInstanceOf(RefusedLocation);
  });
});
