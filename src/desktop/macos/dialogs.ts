import { accessSync, constants } from "node:fs";
import type { Dialogs } from "../dialogs.ts";
import { asciiJson, askHelper, startDetached } from "../helper.ts";
import { openScriptWindow } from "../scriptWindow.ts";
import { ALERT_SCRIPT, PROGRESS_SCRIPT, QUESTION_SCRIPT } from "./dialogScript.ts";

/** Windows drawn by AppKit, by way of osascript, which every Mac has. */
export function openMacDialogs(env: NodeJS.ProcessEnv, osascript = "/usr/bin/osascript"): Dialogs {
  return {
    openProgress: ({ onSkip, ...options }) =>
      isThere(osascript)
        ? openScriptWindow(osascript, {
            args: scriptArguments(PROGRESS_SCRIPT, options),
            env,
            ...(onSkip === undefined ? {} : { onSkip }),
          })
        : undefined,
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
