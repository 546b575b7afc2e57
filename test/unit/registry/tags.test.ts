import { describe, expect, test } from "vitest";
import { openScripted } from "../../support/client.ts";
import { json, type Script } from "../../support/scriptedServer.ts";

/** Small transcripts of how registries page through tags, replayed. */
const HABITS: readonly (readonly [string, Script, readonly string[]])[] = [
  ["one page without a link", () => json({ name: "example/app", tags: ["1.0.0", "latest"] }), ["1.0.0", "latest"]],
  [
    "GHCR: pages by last, linked by a relative path",
    (_, url) =>
      url.searchParams.has("last")
        ? json({ tags: ["2.0.0"] })
        : json({ tags: ["1.0.0"] }, { link: '</v2/example/app/tags/list?last=1.0.0&n=1000>; rel="next"' }),
    ["1.0.0", "2.0.0"],
  ],
  [
    "Quay: unsorted, with a token of its own",
    (_, url) =>
      url.searchParams.get("next_page") === "abc="
        ? json({ tags: ["a"] })
        : json({ tags: ["z"] }, { link: '</v2/example/app/tags/list?n=50&next_page=abc%3D>; rel="next"' }),
    ["z", "a"],
  ],
  [
    "Gitea: a link to a next page for ever",
    (_, url) =>
      json(
        { tags: url.searchParams.get("last") === "1.0.0" ? [] : ["1.0.0"] },
        { link: '</v2/example/app/tags/list?n=1000&last=1.0.0>; rel="next"' },
      ),
    ["1.0.0"],
  ],
  [
    "Artifactory: a link that lacks the prefix of its own path",
    (_, url) => {
      if (url.pathname !== "/v2/example/app/tags/list") return { status: 404 };
      return url.searchParams.has("last")
        ? json({ tags: ["2.0.0"] })
        : json({ tags: ["1.0.0"] }, { link: '</v2/app/tags/list?last=1.0.0&n=1000>; rel="next"' });
    },
    ["1.0.0", "2.0.0"],
  ],
  [
    "ECR: an error to a number that it does not like",
    (_, url) => (url.searchParams.has("n") ? { status: 405 } : json({ tags: ["1.0.0"] })),
    ["1.0.0"],
  ],
  ["null for no tags", () => json({ name: "example/app", tags: null }), []],
  [
    "a link in a circle",
    (_, url) =>
      json(
        { tags: [url.searchParams.get("last") ?? "first"] },
        { link: `<?last=${url.searchParams.get("last") === "a" ? "b" : "a"}>; rel=next` },
      ),
    ["first", "a", "b"],
  ],
  [
    "a page with nothing but illegal tags, which is not the last",
    (_, url) =>
      url.searchParams.has("last") ? json({ tags: ["1.0.0"] }) : json({ tags: ["+"] }, { link: "<?last=x>; rel=next" }),
    ["1.0.0"],
  ],
  ["tags that are none", () => json({ tags: ["1.0.0", 7, "../evil", "", null] }), ["1.0.0"]],
  [
    "several links, the next one not first",
    (_, url) =>
      url.searchParams.has("last")
        ? json({ tags: ["b"] })
        : json({ tags: ["a"] }, { link: '<?first>; rel="prev", <?last=a>; title="x"; rel="next"' }),
    ["a", "b"],
  ],
];

describe("the list of tags", () => {
  test.each(HABITS)("is read whole from %s", async (_, script, expected) => {
    await using scripted = await openScripted(script);
    expect(await scripted.repository.tags()).toEqual(expected);
    const pages = await Array.fromAsync(scripted.repository.tagPages?.() ?? []);
    expect([...new Set(pages.flat())]).toEqual(expected);
  });

  test("comes page by page: the next one is asked for when somebody wants it", async () => {
    const asked: string[] = [];
    await using scripted = await openScripted((_, url) => {
      const page = Number(url.searchParams.get("page") ?? 1);
      asked.push(`page ${page}`);
      return json({ tags: [`${page}.0.0`, "latest"] }, page < 3 ? { link: `<?page=${page + 1}>; rel="next"` } : {});
    });
    for await (const page of scripted.repository.tagPages?.() ?? []) asked.push(page.join());
    expect(asked).toEqual(["page 1", "1.0.0,latest", "page 2", "2.0.0,latest", "page 3", "3.0.0,latest"]);
    expect(await scripted.repository.tags()).toEqual(["1.0.0", "latest", "2.0.0", "3.0.0"]);
  });

  test.each([
    [
      "leads to another server",
      json({ tags: ["a"] }, { link: '<http://127.0.0.2:1/v2/example/app/tags/list?last=a>; rel="next"' }),
      "on another server",
    ],
    ["is no list", json({ tags: { a: 1 } }), "tags that are no list"],
    ["is something else", json({ errors: [] }), "no list of tags"],
    ["is no JSON", { body: "tags: [a]" }, "not JSON"],
  ])("that %s is refused", async (_, reply, message) => {
    await using scripted = await openScripted(() => reply);
    await expect(scripted.repository.tags()).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(message),
      hint: "Try again; if it stays, tell whoever runs the registry.",
    });
  });

  test("that is a page for people tells of the network in between", async () => {
    await using scripted = await openScripted(() => ({ headers: { "content-type": "text/html" }, body: "<html>" }));
    await expect(scripted.repository.tags()).rejects.toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("log in first"),
    });
  });

  test("of a repository that is not there says so, and that it may be private", async () => {
    await using scripted = await openScripted(() => ({
      status: 404,
      ...json({ errors: [{ code: "NAME_UNKNOWN", message: "no such" }] }),
    }));
    await expect(scripted.repository.tags()).rejects.toMatchObject({
      code: "not-found",
      status: 404,
      message: expect.stringContaining("NAME_UNKNOWN: no such"),
      hint: expect.stringContaining("private"),
    });
  });
});
