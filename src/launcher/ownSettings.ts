import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { AppError, systemCodeOf } from "../errors.ts";
import { isTooDeep } from "../nesting.ts";
import { writeFileAtomically } from "../store/atomic.ts";

/** The person's own installer.json. @throws AppError `config` for one that cannot be read: it is not written over. */
export function readOwnSettings(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return {};
    throw unusable(file, `it cannot be read (${systemCodeOf(error) ?? String(error)})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw unusable(file, "it is not JSON");
  }
  if (isTooDeep(text)) throw unusable(file, "it is nested deeper than anybody needs");
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unusable(file, "it holds no object");
  return value as Record<string, unknown>;
}

/** Sets one value, or takes it out; all others stay as they are. A file in which nothing is left goes. */
export async function changeOwnSetting(file: string, key: string, value: string | undefined): Promise<void> {
  const { [key]: _before, ...others } = readOwnSettings(file);
  const settings = value === undefined ? others : { ...others, [key]: value };
  if (Object.keys(settings).length === 0) await rm(file, { force: true });
  else await writeFileAtomically(file, `${JSON.stringify(settings, undefined, 2)}\n`);
}

function unusable(file: string, problem: string): AppError {
  return new AppError("config", `${file} is not changed: ${problem}`, { hint: "Mend it, or delete it." });
}
