import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { leaveNews, type News, takeNews } from "../../../src/store/news.ts";
import { openStore } from "./sample.ts";

test.each<News>([
  { kind: "withdrawn", from: "1.1.0", to: "1.0.0", reason: "it loses work" },
  { kind: "frozen", since: "2026-02-02T00:00:00Z" },
])("news of what is $kind is there until somebody takes it to tell it", async (news) => {
  await using store = await openStore();
  expect(takeNews(store.paths)).toBeUndefined();
  await leaveNews(store.paths, { kind: "frozen", since: "2026-01-01T00:00:00Z" });
  await leaveNews(store.paths, news);
  expect(takeNews(store.paths)).toEqual(news);
  expect(takeNews(store.paths)).toBeUndefined();
});

test.each(["{", "null", '{"kind":"withdrawn","from":"1.1.0"}', '{"kind":"toString"}', '{"kind":"frozen","since":1}'])(
  "news that says %s is none, and is not looked at again",
  async (text) => {
    await using store = await openStore();
    mkdirSync(store.paths.root, { recursive: true });
    writeFileSync(store.paths.news, text);
    expect(takeNews(store.paths)).toBeUndefined();
    expect(existsSync(store.paths.news)).toBe(false);
  },
);
