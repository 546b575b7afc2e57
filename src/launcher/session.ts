import { homedir } from "node:os";
import { dirname } from "node:path";
import { isatty } from "node:tty";
import type { Desktop } from "../desktop/desktop.ts";
import { AppError, formatError } from "../errors.ts";
import { openAccessMemory } from "../registry/accessMemory.ts";
import { dockerCredentials } from "../registry/credentials.ts";
import { readEnvironmentCertificates } from "../registry/certificates.ts";
import { openRegistry, type RegistryOptions } from "../registry/client.ts";
import { readProxySettings } from "../registry/proxy.ts";
import { redact } from "../redact.ts";
import { openLog } from "../store/log.ts";
import { readState } from "../store/state.ts";
import type { UpdateContext } from "../update/context.ts";
import type { NeededTags } from "../update/neededTags.ts";
import { USER_AGENT } from "../version.ts";
import type { LaunchContext } from "./context.ts";
import { iconFile } from "./icon.ts";
import { openOwnDesktop } from "./ownDesktop.ts";
import { detectHost } from "./host.ts";
import { type Messages, selectMessages } from "./messages.ts";
import { openProgress, type Progress } from "./progress.ts";
import { openWindowProgress } from "./progressWindow.ts";
import { readOrigins } from "./origins.ts";
import { runSmoke } from "./smoke.ts";
import { launcherWording } from "./remedies.ts";
import { tell } from "./terminal.ts";

/** The opened parts of one launch that goes beyond reading a file: network, log, progress, desktop, language. */
export interface Session extends AsyncDisposable {
  readonly context: LaunchContext;
  readonly update: UpdateContext;
  readonly messages: Messages;
  readonly desktop: Desktop;
  readonly progress: Progress;
  /** Aborted when the person does not want to wait for an update. */
  readonly skip: AbortSignal;
  /** What matters of the tags of the first repository that answered and had any. */
  readonly listed: () => NeededTags | undefined;
  /** Whether the person reads windows, and nobody standard error. */
  readonly windowed: boolean;
  /** A sentence for the person, where they read it; with a reason also that, and where more is written down of it. */
  readonly say: (sentence: string, reason?: string) => void;
  /** What went wrong, what to do, and where more is written down of it; after a sentence of its own if there is one. */
  readonly complain: (error: unknown, sentence?: string) => void;
  /** To be called before the process ends by itself, which runs no disposal. */
  readonly close: () => Promise<void>;
}

/** @param installed whether something is there that can be started without any update. */
export async function openSession(
  context: LaunchContext,
  { installed }: { readonly installed: boolean },
): Promise<Session> {
  const { environment, installer, settings, paths, start, env } = context;
  const desktop = openOwnDesktop(context);
  const messages = selectMessages(await readLocale(desktop, env));
  const logFile = environment.log === "off" ? undefined : paths.log;
  const logLine = logFile === undefined ? undefined : `Log: ${logFile}`;
  const log = openLog(paths, {
    now: Date.now,
    enabled: environment.log !== "off",
    ...(environment.log === undefined || environment.log === "off" ? {} : { alsoTo: environment.log }),
  });
  const memory = openAccessMemory(readState(paths).access);
  const registry = openRegistry({
    userAgent: USER_AGENT,
    memory,
    ...readNetwork(env, (message) => log.append("warning", { message })),
    // A stranger's computer: most programs are public, and a broken credential helper must not stop them.
    anonymousFirst: true,
    credentials: dockerCredentials({
      env,
      home: homedir(),
      onWarning: (message) => log.append("warning", { message }),
    }),
    onWarning: (message) => log.append("warning", { message }),
  });
  const skip = new AbortController();
  const say = (text: string): void => {
    // A window's text is an argument of the program that shows it, which everybody on this computer can read.
    if (windowed) desktop.dialogs.tell({ title: installer.name, text: redact(text), icon: iconFile(context) });
    else tell(`${text}\n`);
  };
  let listed: NeededTags | undefined;
  const reporting = { app: installer.name, messages, now: () => performance.now() };
  const onSkip = installed ? () => skip.abort() : undefined;
  const windowed = start.windowed && environment.progress === "auto";
  const progress = windowed
    ? openWindowProgress({
        ...reporting,
        dialogs: desktop.dialogs,
        icon: () => iconFile(context),
        onSkip,
        first: !installed,
        later(call, ms) {
          const timer = setTimeout(call, ms);
          return () => clearTimeout(timer);
        },
      })
    : openProgress({
        ...reporting,
        mode: progressMode(environment.progress),
        write: tell,
        onSkip,
        onInterrupt(call) {
          process.once("SIGINT", call);
          return () => process.off("SIGINT", call);
        },
      });
  const close = async (): Promise<void> => {
    progress.close();
    await registry[Symbol.asyncDispose]();
  };
  return {
    context,
    messages,
    desktop,
    progress,
    skip: skip.signal,
    listed: () => listed,
    windowed,
    say(sentence, reason) {
      if (reason === undefined) return say(sentence);
      const more = logFile === undefined ? "" : `; log: ${logFile}`;
      // A window has room for lines of their own.
      say(windowed ? paragraphs(sentence, reason, logLine) : `${sentence} (${reason}${more})`);
    },
    complain(error, sentence) {
      say(paragraphs(sentence, formatError(error, launcherWording), logLine));
    },
    close,
    [Symbol.asyncDispose]: close,
    update: {
      installer,
      settings,
      paths,
      host: detectHost(process.platform, process.arch, env),
      platform: process.platform,
      origins: readOrigins(settings, { registry, directory: dirname(context.executable), warn: tell }),
      now: Date.now,
      random: Math.random,
      log: (event, fields) => log.append(event, fields),
      progress,
      onTags: (found) => {
        if (found.listed > 0) listed ??= found;
      },
      access: () => memory.write(),
      smoke: runSmoke,
    },
  };
}

function paragraphs(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join("\n\n");
}

async function readLocale(desktop: Desktop, env: NodeJS.ProcessEnv): Promise<string> {
  // POSIX: a variable that is empty counts as not set.
  const locales = [env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]];
  return (
    locales.find((locale) => locale !== undefined && locale !== "") ??
    (await desktop.locale()) ??
    Intl.DateTimeFormat().resolvedOptions().locale
  );
}

function progressMode(wanted: LaunchContext["environment"]["progress"]): "line" | "plain" | "silent" {
  if (wanted === "never") return "silent";
  // process.stderr would make a pipe non-blocking, for the program too, which shares it.
  if (isatty(2)) return "line";
  return wanted === "always" ? "plain" : "silent";
}

/** A company's proxy and certificates; an address that cannot be used is told, and the way is tried without it. */
function readNetwork(env: NodeJS.ProcessEnv, warn: (message: string) => void): Pick<RegistryOptions, "proxy" | "tls"> {
  const tls = { ca: () => readEnvironmentCertificates(env, warn) };
  try {
    return { tls, proxy: readProxySettings(env) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    warn(error.message);
    return { tls };
  }
}
