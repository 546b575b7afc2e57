import { accessSync, constants } from "node:fs";
import type { Dialogs, ProgressWindow, ProgressWindowOptions } from "../dialogs.ts";
import { asciiJson, askHelper, startDetached, startHelper } from "../helper.ts";
import { ALERT_SCRIPT, PROGRESS_SCRIPT, QUESTION_SCRIPT } from "./dialogScript.ts";

/** Windows drawn by AppKit, by way of osascript, which every Mac has. */
export function openMacDialogs(env: NodeJS.ProcessEnv, osascript = "/usr/bin/osascript"): Dialogs {
  return {
    openProgress: (options) => (isThere(osascript) ? openProgress(osascript, env, options) : undefined),
    tell({ title, text }) {
      startDetached(osascript, { args: scriptArguments(ALERT_SCRIPT, { title, text }), env });
    },
    async ask(question) {
      const args = scriptArguments(QUESTION_SCRIPT, question);
      const output = (await askHelper(osascript, { args, env }))?.output;
      if (output === "yes") return true;
      return output === "no" ? false : undefined;
    },
  };
}

function openProgress(
  osascript: string,
  env: NodeJS.ProcessEnv,
  { onSkip, ...options }: ProgressWindowOptions,
): ProgressWindow | undefined {
  const helper = startHelper(osascript, {
    args: scriptArguments(PROGRESS_SCRIPT, options),
    env,
    onLine(line) {
      if (line !== "skip") return;
      helper?.stop("kill");
      onSkip?.();
    },
  });
  if (helper === undefined) return undefined;
  return {
    show: ({ text, share }) => helper.send(`${asciiJson({ text, share: share ?? null })}\n`),
    close: () => helper.stop("kill"),
  };
}

/** What a script is to show comes as its argument, never as a part of it. */
function scriptArguments(script: string, values: object): string[] {
  return ["-l", "JavaScript", "-e", script, asciiJson(values)];
}

function isThere(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
