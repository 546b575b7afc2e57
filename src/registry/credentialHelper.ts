import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { AppError } from "../errors.ts";
import type { Credential } from "./credential.ts";

export interface HelperOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onWarning: (message: string) => void;
  /** Milliseconds, default 10,000. */
  readonly timeout?: number;
}

const HELPER_NAME = /^[A-Za-z0-9._-]+$/;
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
// docker-credential-helpers: this very text on standard output means "there is none".
const NOT_FOUND = "credentials not found in native keychain";

/** Asks `docker-credential-<name> get`. A helper that is missing or fails is a warning: the public way stays open. */
export async function askHelper(name: string, server: string, options: HelperOptions): Promise<Credential | undefined> {
  const { env, onWarning, timeout = TIMEOUT_MS } = options;
  if (!HELPER_NAME.test(name)) {
    onWarning(`the credential helper ${JSON.stringify(name)} is not used: that is no helper's name`);
    return undefined;
  }
  const program = await findOnPath(`docker-credential-${name}`, env);
  if (program === undefined) {
    onWarning(`the credential helper docker-credential-${name} is not installed`);
    return undefined;
  }
  const { code, output } = await run(program, "get", { input: server, env, timeout });
  if (code !== 0) {
    if (!output.includes(NOT_FOUND))
      onWarning(
        `the credential helper docker-credential-${name} failed (${code === undefined ? "no answer" : `exit code ${code}`})`,
      );
    return undefined;
  }
  const credential = parseHelperAnswer(output);
  if (credential === undefined) onWarning(`the credential helper docker-credential-${name} gave no usable answer`);
  return credential;
}

/**
 * Hands a login to `docker-credential-<name> store`, or takes it away with `erase`. Here a failure is one: a password
 * must not end up somewhere else than the person expects.
 *
 * @throws AppError `unavailable`.
 */
export async function changeHelper(
  name: string,
  change:
    | { readonly verb: "store"; readonly server: string; readonly username: string; readonly secret: string }
    | { readonly verb: "erase"; readonly server: string },
  { env, timeout = TIMEOUT_MS }: Pick<HelperOptions, "env" | "timeout">,
): Promise<void> {
  const helper = `docker-credential-${name}`;
  const program = HELPER_NAME.test(name) ? await findOnPath(helper, env) : undefined;
  if (program === undefined) throw helperFailure(helper, "is not installed");
  const input =
    change.verb === "erase"
      ? change.server
      : JSON.stringify({ ServerURL: change.server, Username: change.username, Secret: change.secret });
  const { code, output } = await run(program, change.verb, { input, env, timeout });
  if (code === 0 || (change.verb === "erase" && output.includes(NOT_FOUND))) return;
  throw helperFailure(helper, `failed (${code === undefined ? "no answer" : `exit code ${code}`})`);
}

function helperFailure(helper: string, problem: string): AppError {
  return new AppError("unavailable", `the credential helper ${helper} ${problem}`, {
    hint: "Docker's config.json names it under credsStore or credHelpers: install it, or take it out there.",
  });
}

/** Only in absolute entries of PATH: a program in the current folder is not the helper that was meant (helm#11951). */
async function findOnPath(program: string, env: HelperOptions["env"]): Promise<string | undefined> {
  const path = env["PATH"] ?? env["Path"] ?? "";
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const suffix of delimiter === ";" ? [".exe"] : [""]) {
      const candidate = join(folder, `${program}${suffix}`);
      if (
        await access(candidate, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return candidate;
    }
  }
  return undefined;
}

async function run(
  program: string,
  verb: "get" | "store" | "erase",
  { input, env, timeout }: { input: string; env: HelperOptions["env"]; timeout: number },
): Promise<{ code: number | undefined; output: string }> {
  return await new Promise((resolve) => {
    const child = spawn(program, [verb], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...env },
      windowsHide: true,
    });
    let output = "";
    const end = (code: number | undefined): void => {
      clearTimeout(timer);
      resolve({ code, output });
    };
    // A helper's own child may outlive it and hold the pipe open: what comes after the time is not waited for.
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      child.stdout.destroy();
      end(undefined);
    }, timeout);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      if (output.length < MAX_OUTPUT_BYTES) output += text;
    });
    // A helper that ends without reading breaks the pipe; its exit code says enough.
    child.stdin.on("error", () => undefined);
    child.on("error", () => end(undefined));
    child.on("close", (code) => end(code ?? undefined));
    child.stdin.end(input);
  });
}

export function parseHelperAnswer(output: string): Credential | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { Username: username, Secret: secret } = value as Record<string, unknown>;
  if (typeof username !== "string" || typeof secret !== "string") return undefined;
  return username === "<token>"
    ? { kind: "identity-token", token: secret }
    : { kind: "basic", username, password: secret };
}
