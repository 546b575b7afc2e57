import { inject } from "vitest";
import { openSandboxWith, type Sandbox, type Way } from "./sandboxWith.ts";

export { expectSuccess, type Sandbox } from "./sandboxWith.ts";

/** A sandbox of the test's own, with the programs that were built before the tests. */
export async function openSandbox(by?: Way): Promise<Sandbox> {
  return await openSandboxWith({ cli: inject("cli"), cache: inject("cache"), by });
}
