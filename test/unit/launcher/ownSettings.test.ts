import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changeOwnSetting } from "../../../src/launcher/ownSettings.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const DEEP = `{"version":"1","more":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;

test.each([
  ["what is no JSON", "{"],
  ["a list", "[]"],
  ["nothing", "null"],
  ["what is nested without end", DEEP],
])("a person's file that holds %s is left as it is", async (_, text) => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, "installer.json");
  await writeFile(file, text);
  await expect(changeOwnSetting(file, "version", "latest")).rejects.toMatchObject({ code: "config" });
  expect(await readFile(file, "utf8")).toBe(text);
});
