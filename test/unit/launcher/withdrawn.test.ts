import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { isWithdrawn } from "../../../src/launcher/withdrawn.ts";
import { updateTrustRecord } from "../../../src/store/trustRecord.ts";
import { openStore } from "../store/sample.ts";

const settings = { channel: "Stable" };

test("a version is withdrawn where the last document of its channel that was seen takes it back", async () => {
  await using store = await openStore();
  const asked = { paths: store.paths, settings };
  expect(isWithdrawn(asked, "1.1.0")).toBe(false);
  const seen = { keys: [], sequence: 2, digest: "sha256:a", issued: "2026-01-02T03:04:05Z", told: false };
  const yanked = [{ version: "1.1.0", reason: "it loses work" }];
  await mkdir(store.paths.root, { recursive: true });
  await updateTrustRecord(store.paths, (record) => ({
    ...record,
    channels: { "channel-stable": { ...seen, yanked }, "channel-beta": { ...seen, yanked: [] } },
  }));
  expect(isWithdrawn(asked, "1.1.0")).toBe(true);
  expect(isWithdrawn(asked, "1.0.0")).toBe(false);
  expect(isWithdrawn({ ...asked, settings: { channel: "beta" } }, "1.1.0")).toBe(false);
});

test.each(["", "null", "[]", '{"channels":null}', '{"channels":{"channel-stable":{"yanked":[null,1]}}}'])(
  "a record of %j tells of none",
  async (text) => {
    await using store = await openStore();
    await mkdir(store.paths.root, { recursive: true });
    await writeFile(store.paths.trust, text);
    expect(isWithdrawn({ paths: store.paths, settings }, "1.1.0")).toBe(false);
  },
);
