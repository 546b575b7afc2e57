import { readFileSync, rmSync } from "node:fs";
import { writeFileAtomically } from "./atomic.ts";
import type { StorePaths } from "./paths.ts";

/** What the person has to be told, whoever found it out: a start that they see, or a process that nobody does. */
export type News =
  /** A version that its publisher took back was left for another one. */
  | { readonly kind: "withdrawn"; readonly from: string; readonly to: string; readonly reason: string }
  /** The channel's document has expired; `since` is RFC 3339. */
  | { readonly kind: "frozen"; readonly since: string };

/** What was left before and not told is told no more. @throws AppError `io`, `cannot-create`. */
export async function leaveNews(paths: StorePaths, news: News): Promise<void> {
  await writeFileAtomically(paths.news, `${JSON.stringify(news, undefined, 2)}\n`);
}

/** Whoever gets it has to tell it: of several starts it is the one that takes the file away. */
export function takeNews(paths: StorePaths): News | undefined {
  try {
    const text = readFileSync(paths.news, "utf8");
    rmSync(paths.news);
    const value: unknown = JSON.parse(text);
    return isNews(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const FIELDS: Readonly<Record<News["kind"], readonly string[]>> = {
  withdrawn: ["from", "to", "reason"],
  frozen: ["since"],
};

function isNews(value: unknown): value is News {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const { kind } = fields;
  return (
    (kind === "withdrawn" || kind === "frozen") && FIELDS[kind].every((field) => typeof fields[field] === "string")
  );
}
