import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { AppError } from "../errors.ts";
import { dockerCredentials } from "../registry/credentials.ts";
import { readEnvironmentCertificates } from "../registry/certificates.ts";
import { openRegistry, type RegistryOptions } from "../registry/client.ts";
import { readProxySettings } from "../registry/proxy.ts";
import { openLog } from "../store/log.ts";
import type { UpdateContext } from "../update/context.ts";
import { USER_AGENT } from "../version.ts";
import type { LaunchContext } from "./context.ts";
import { detectHost } from "./host.ts";
import { type Messages, selectMessages } from "./messages.ts";
import { openProgress } from "./progress.ts";
import { readOrigins } from "./origins.ts";
import { tell } from "./terminal.ts";

/** The opened parts of one launch that goes beyond reading a file: network, log, progress, language. */
export interface Session extends AsyncDisposable {
  readonly context: LaunchContext;
  readonly update: UpdateContext;
  readonly messages: Messages;
  /** To be called before the process ends by itself, which runs no disposal. */
  readonly close: () => Promise<void>;
}

const SMOKE_TIMEOUT_MS = 30_000;

export function openSession(context: LaunchContext): Session {
  const { environment, installer, settings, paths } = context;
  // POSIX: a variable that is empty counts as not set.
  const locales = [process.env["LC_ALL"], process.env["LC_MESSAGES"], process.env["LANG"]];
  const messages = selectMessages(
    locales.find((locale) => locale !== undefined && locale !== "") ?? Intl.DateTimeFormat().resolvedOptions().locale,
  );
  const log = openLog(paths, {
    now: Date.now,
    enabled: environment.log !== "off",
    ...(environment.log === undefined || environment.log === "off" ? {} : { alsoTo: environment.log }),
  });
  const registry = openRegistry({
    userAgent: USER_AGENT,
    ...readNetwork((message) => log.append("warning", { message })),
    // A stranger's computer: most programs are public, and a broken credential helper must not stop them.
    anonymousFirst: true,
    credentials: dockerCredentials({
      env: process.env,
      home: homedir(),
      onWarning: (message) => log.append("warning", { message }),
    }),
    onWarning: (message) => log.append("warning", { message }),
  });
  const terminal = process.stderr.isTTY;
  const mode =
    environment.progress === "never"
      ? "silent"
      : terminal
        ? "line"
        : environment.progress === "always"
          ? "plain"
          : "silent";
  const close = async (): Promise<void> => await registry[Symbol.asyncDispose]();
  return {
    context,
    messages,
    close,
    [Symbol.asyncDispose]: close,
    update: {
      installer,
      settings,
      paths,
      host: detectHost(process.platform, process.arch, process.env),
      platform: process.platform,
      origins: readOrigins(settings, { registry, directory: dirname(process.execPath), warn: tell }),
      now: Date.now,
      log: (event, fields) => log.append(event, fields),
      progress: openProgress({ app: installer.name, messages, mode, write: tell, now: () => performance.now() }),
      smoke: runSmoke,
    },
  };
}

/** A company's proxy and certificates; an address that cannot be used is told, and the way is tried without it. */
function readNetwork(warn: (message: string) => void): Pick<RegistryOptions, "proxy" | "tls"> {
  const tls = { ca: () => readEnvironmentCertificates(process.env, warn) };
  try {
    return { tls, proxy: readProxySettings(process.env) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    warn(error.message);
    return { tls };
  }
}

/** Runs the program once, with its output thrown away. @returns why it failed, or undefined. */
async function runSmoke(executable: string, args: readonly string[]): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const child = spawn(executable, args, { stdio: "ignore", timeout: SMOKE_TIMEOUT_MS, windowsHide: true });
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(`${args.join(" ")} ended with ${signal ?? `exit code ${String(code)}`}`);
    });
  });
}
