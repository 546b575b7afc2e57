import { AppError } from "../errors.ts";

/** Options of every command that moves content. */
export const TRANSFER_OPTIONS = {
  concurrency: { type: "string" },
  json: { type: "boolean" },
} as const;

export const TRANSFER_HELP = `  --concurrency N       how many files travel side by side, default 4 (8 when
                        none is larger than 1 MiB)
  --json                print JSON`;

const MAX_CONCURRENCY = 64;

/** Undefined for the default. @throws AppError `usage`. */
export function readConcurrency({ concurrency: text }: { readonly concurrency?: string }): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= MAX_CONCURRENCY) return count;
  throw new AppError("usage", `not a number of transfers: ${JSON.stringify(text)}`, {
    hint: `Write a number from 1 to ${MAX_CONCURRENCY}.`,
  });
}
