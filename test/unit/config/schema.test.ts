import { readFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import { expect, test } from "vitest";
import { installerSchema, parseInstaller } from "../../../src/config/installer.ts";

const read = (name: string): Buffer => readFileSync(new URL(`../../../${name}`, import.meta.url));

test("the schema that is shipped says what the programs accept (npm run schema writes it)", () => {
  const { title: _title, ...shipped } = JSON.parse(read("installer.schema.json").toString()) as Record<string, unknown>;
  expect(shipped).toEqual(
    JSON.parse(JSON.stringify(toJsonSchema(installerSchema, { typeMode: "input", errorMode: "ignore" }))),
  );
});

test("the example product's installer.json is right", () => {
  expect(parseInstaller(read("installer.json"), "installer.json").name).toBe("esbuild");
});
