import { execFileSync } from "node:child_process";
import type { Sandbox } from "./sandbox.ts";

// "nobody": root may write everywhere, so that somebody else has to be the person.
const NOBODY = 65_534;

/** A person who may start the sandbox's launcher and read their data, and write none of it. */
export function makeReadOnly({ directory, home }: Sandbox): AsyncDisposable & { readonly uid: number | undefined } {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync("chmod", ["-R", "a+rX,go-w", directory]);
  else execFileSync("chmod", ["-R", "a-w", home]);
  return {
    uid: isRoot ? NOBODY : undefined,
    [Symbol.asyncDispose]: async () => void execFileSync("chmod", ["-R", "u+w", directory]),
  };
}
