import { join } from "node:path";
import { expect, test } from "vitest";
import { storePaths } from "../../../src/store/paths.ts";

test("everything of a store lies below its root", () => {
  const root = join("data", "com.example.app");
  const { root: own, ...below } = storePaths(root);
  expect(own).toBe(root);
  expect(below).toEqual({
    activation: join(root, "active.json"),
    state: join(root, "state.json"),
    news: join(root, "news.json"),
    trust: join(root, "trust.json"),
    versions: join(root, "versions"),
    blobs: join(root, "blobs"),
    launcher: join(root, "launcher"),
    entry: join(root, "launcher", ".entry"),
    lock: join(root, "lock"),
    log: join(root, "log", "launcher.jsonl"),
  });
});
