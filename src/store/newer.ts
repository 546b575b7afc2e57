import { AppError } from "../errors.ts";

/** The one schema of active.json and state.json that this launcher writes. */
const SCHEMA = 1;

/** Nothing of a newer launcher is written over: we do not know what it means. @throws AppError `config`. */
export function refuseNewer(path: string, schema: unknown): void {
  if (typeof schema !== "number" || schema <= SCHEMA) return;
  throw new AppError("config", `${path} was written by a newer launcher (schema ${schema})`, {
    hint: "Start the newer launcher; this one changes nothing.",
  });
}
