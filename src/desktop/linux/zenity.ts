import type { Dialogs, Message, ProgressState, ProgressWindow, ProgressWindowOptions } from "../dialogs.ts";
import { askHelper, startDetached, startHelper } from "../helper.ts";

/** @param zenity path of the program, version 3 or 4. */
export function zenityDialogs(zenity: string, env: NodeJS.ProcessEnv): Dialogs {
  const dismissed = String(DISMISSED);
  const exitCodes = { ZENITY_OK: "0", ZENITY_CANCEL: dismissed, ZENITY_ESC: dismissed, ZENITY_EXTRA: dismissed };
  const environment = { ...env, ...exitCodes };
  return {
    openProgress: (options) => openProgress(zenity, environment, options),
    tell(message) {
      startDetached(zenity, { args: ["--warning", ...messageArguments(message)], env: environment });
    },
    async ask(question) {
      const labels = [`--ok-label=${question.yes}`, `--cancel-label=${question.no}`];
      const args = ["--question", ...messageArguments(question), ...labels];
      const code = (await askHelper(zenity, { args, env: environment }))?.code;
      if (code === 0) return true;
      return code === DISMISSED ? false : undefined;
    },
  };
}

// Zenity's own code for a pressed Cancel is 1, which is also what it ends with when it cannot reach the display.
const DISMISSED = 10;
const WIDTH = "--width=440";

function openProgress(
  zenity: string,
  env: NodeJS.ProcessEnv,
  options: ProgressWindowOptions,
): ProgressWindow | undefined {
  const { skip, onSkip } = options;
  const args = [
    "--progress",
    ...messageArguments(options),
    "--percentage=0",
    "--pulsate",
    // This is what has it end with its input, too.
    "--auto-close",
    // Version 3 puts an OK beside a Cancel, and early ones of 4 do not take a label for it.
    "--no-cancel",
    ...(skip === undefined ? [] : [`--extra-button=${skip}`]),
  ];
  const helper = startHelper(zenity, {
    args,
    env,
    onExit(code) {
      // The first button that is added has number 0, which early versions of 4 take for OK.
      if (skip !== undefined && (code === DISMISSED || code === 0)) onSkip?.();
    },
  });
  if (helper === undefined) return undefined;
  return {
    show: (state) => helper.send(progressLines(state)),
    close: () => helper.stop("kill"),
  };
}

function progressLines({ text, share }: ProgressState): string {
  const known = share !== undefined && Number.isFinite(share);
  // At 100 it would close by itself, while there may be unpacking to tell of.
  const percentage = known ? Math.min(99, Math.max(0, Math.floor(share * 100))) : 0;
  const bar = known ? `pulsate:false\n${percentage}\n` : "pulsate:true\n";
  return `#${progressText(text)}\n${bar}`;
}

/**
 * Zenity 3 takes these lines for plain text and most of 4 for markup, and to ask for its version would cost a process.
 * So what only markup can spell is replaced by what looks like it.
 */
function progressText(text: string): string {
  return escapeBackslashes(text)
    .replaceAll("&", "\uff06")
    .replaceAll("<", "\u2039")
    .replaceAll(">", "\u203a")
    .replaceAll(/\r?\n/g, "\\n");
}

function messageArguments({ title, text, icon }: Message): string[] {
  const icons = icon === undefined ? [] : [`--window-icon=${icon}`];
  return [`--title=${title}`, `--text=${escapeMarkup(escapeBackslashes(text))}`, WIDTH, ...icons];
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function escapeBackslashes(text: string): string {
  return text.replaceAll("\\", "\\\\");
}
