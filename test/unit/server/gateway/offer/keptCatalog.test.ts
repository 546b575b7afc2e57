import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keptCatalog } from "../../../../../src/server/gateway/offer/keptCatalog.ts";
import { sampleCatalog, sampleDownload } from "../../../../support/sampleCatalog.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";

const catalog = {
  ...sampleCatalog(),
  publisher: undefined,
  downloads: [sampleDownload("linux/amd64", { platform: undefined }), sampleDownload("linux/arm/v7")],
};

describe("a catalog that is kept", () => {
  test("is read again as it was", async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, "cache");
    await keptCatalog(path, "host/app").write(catalog);
    expect(await keptCatalog(path, "host/app").read()).toEqual(catalog);
    expect(await readdir(path)).toEqual(["catalog.json"]);
  });

  test("is nobody else's", async () => {
    await using folder = await temporaryDirectory();
    await keptCatalog(folder.path, "host/app").write(catalog);
    expect(await keptCatalog(folder.path, "host/other").read()).toBeUndefined();
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, -10)],
    ["of a later kind", (text: string) => text.replace('"format":1', '"format":2')],
    ["without a digest", (text: string) => text.replaceAll(/"digest":"sha256:[^"]*"/g, '"digest":"x"')],
    ["empty", () => ""],
  ])("is worth nothing when it is %s", async (_, damage) => {
    await using folder = await temporaryDirectory();
    const kept = keptCatalog(folder.path, "host/app");
    await kept.write(catalog);
    const path = join(folder.path, "catalog.json");
    await writeFile(path, damage(await readFile(path, "utf8")));
    expect(await kept.read()).toBeUndefined();
  });

  test("is left alone where nothing can be written", async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, "file");
    await writeFile(path, "");
    const kept = keptCatalog(path, "host/app");
    await kept.write(catalog);
    expect(await kept.read()).toBeUndefined();
  });
});
