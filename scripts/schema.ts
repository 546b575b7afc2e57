// Writes installer.schema.json from the rules that the programs themselves apply: run with `npm run schema`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { installerSchema } from "../src/config/installer.ts";

const path = join(fileURLToPath(new URL("..", import.meta.url)), "installer.schema.json");
const schema = {
  ...toJsonSchema(installerSchema, { typeMode: "input", errorMode: "ignore" }),
  title: "Slipway's installer.json: what a launcher installs, and how it keeps it up to date",
};

writeFileSync(path, `${JSON.stringify(schema, undefined, 2)}\n`);
