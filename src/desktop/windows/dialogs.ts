import { accessSync } from "node:fs";
import { join } from "node:path";
import type { Dialogs } from "../dialogs.ts";
import { asciiJson, askHelper, startDetached } from "../helper.ts";
import { openScriptWindow } from "../scriptWindow.ts";
import { MESSAGE_SCRIPT, PROGRESS_SCRIPT, QUESTION_SCRIPT } from "./dialogScript.ts";

/** Windows drawn by Windows Forms, by way of the PowerShell 5.1 that comes with Windows. */
export function openWindowsDialogs(env: NodeJS.ProcessEnv): Dialogs {
  const system = join(env["SystemRoot"] ?? env["SYSTEMROOT"] ?? String.raw`C:\Windows`, "System32");
  const powershell = join(system, "WindowsPowerShell", "v1.0", "powershell.exe");
  return {
    openProgress: ({ onSkip, ...options }) =>
      isThere(powershell)
        ? openScriptWindow(powershell, {
            args: scriptArguments(PROGRESS_SCRIPT),
            env: withValues(env, options),
            ...(onSkip === undefined ? {} : { onSkip }),
          })
        : undefined,
    tell({ title, text }) {
      // Node's way to detach takes away the console, and PowerShell ends at once without one; a child that is not
      // detached ends with us. `start` gives it a console of its own, minimized until PowerShell hides it.
      const command = [`"${powershell}"`, ...scriptArguments(MESSAGE_SCRIPT)].join(" ");
      startDetached(join(system, "cmd.exe"), {
        args: ["/d", "/s", "/c", `"start "" /min ${command}"`],
        env: withValues(env, { title, text }),
        verbatim: true,
      });
    },
    async ask({ title, text }) {
      if (!isThere(powershell)) return undefined;
      const args = scriptArguments(QUESTION_SCRIPT);
      const output = (await askHelper(powershell, { args, env: withValues(env, { title, text }) }))?.output;
      if (output === "yes") return true;
      return output === "no" ? false : undefined;
    },
  };
}

/** What a script is to show comes by its environment, never as a part of it. */
function withValues(env: NodeJS.ProcessEnv, values: object): NodeJS.ProcessEnv {
  return { ...env, SLIPWAY_DIALOG: asciiJson(values) };
}

function scriptArguments(script: string): string[] {
  // Without "-InputFormat None" it takes our lines for the script's input, and waits for their end before it runs any.
  const options = "-NoProfile -NonInteractive -InputFormat None -ExecutionPolicy Bypass -WindowStyle Hidden";
  return [...options.split(" "), "-EncodedCommand", Buffer.from(script, "utf16le").toString("base64")];
}

function isThere(program: string): boolean {
  try {
    accessSync(program);
    return true;
  } catch {
    return false;
  }
}
