import * as v from "valibot";
import { AppError } from "../errors.ts";
import { isTooDeep } from "../nesting.ts";
import { redact } from "../redact.ts";

/** What there is to do about content that is not what its format says. */
export const PUBLISH_AGAIN = "Try again; if it stays, whoever published it has to do so again.";

/**
 * Turns untrusted JSON bytes into a value of the schema.
 *
 * @param what names the document in errors ("manifest", "index.json").
 * @throws AppError `bad-data` that names the path, as in `manifest: layers[2].size: expected ...`.
 */
export function parseJsonAs<Output>(schema: v.GenericSchema<unknown, Output>, bytes: Uint8Array, what: string): Output {
  return parseValueAs(schema, parseJson(bytes, what), what);
}

/** As {@link parseJsonAs}, for a value that is already parsed JSON. */
export function parseValueAs<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, what: string): Output {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new AppError("bad-data", `${what}: ${formatIssue(result.issues[0])}`, { hint: PUBLISH_AGAIN });
}

export function parseJson(bytes: Uint8Array, what: string, hint = PUBLISH_AGAIN): unknown {
  let text: string;
  try {
    // A byte-order mark is what Notepad leaves behind; TextDecoder drops it.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("bad-data", `${what}: not UTF-8 text`, { hint, cause });
  }
  if (isTooDeep(text)) throw new AppError("bad-data", `${what}: nested deeper than anybody needs`, { hint });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const start = redact(text.trimStart()).slice(0, 40);
    throw new AppError("bad-data", `${what}: not JSON, it begins ${JSON.stringify(start)}`, { hint, cause });
  }
}

/** `layers[2].size: expected an integer, got "12"`. */
export function formatIssue(issue: v.BaseIssue<unknown>): string {
  const path = formatPath(issue.path);
  if (issue.kind === "schema" && issue.received === "undefined" && path !== "") return `${path} is missing`;
  const message =
    issue.kind === "schema" ? `expected ${issue.expected ?? "another value"}, got ${issue.received}` : issue.message;
  return path === "" ? message : `${path}: ${message}`;
}

function formatPath(path: v.BaseIssue<unknown>["path"]): string {
  let text = "";
  for (const { key } of path ?? []) {
    if (typeof key === "number") text += `[${key}]`;
    else if (typeof key === "string")
      text += /^[\w$-]+$/.test(key) ? `${text === "" ? "" : "."}${key}` : `[${JSON.stringify(key)}]`;
  }
  return text;
}
