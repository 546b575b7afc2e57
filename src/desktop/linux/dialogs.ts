import type { Dialogs } from "../dialogs.ts";
import { findProgram } from "./findProgram.ts";
import { kdialogDialogs } from "./kdialog.ts";
import { zenityDialogs } from "./zenity.ts";

/** Windows by zenity, or else by kdialog; none without either, and none without a display. */
export function openLinuxDialogs(env: NodeJS.ProcessEnv): Dialogs {
  if (!isSet(env["DISPLAY"]) && !isSet(env["WAYLAND_DISPLAY"])) return NO_DIALOGS;
  const zenity = findProgram(["zenity"], env);
  if (zenity !== undefined) return zenityDialogs(zenity, env);
  const kdialog = findProgram(["kdialog"], env);
  return kdialog === undefined ? NO_DIALOGS : kdialogDialogs(kdialog, env);
}

const NO_DIALOGS: Dialogs = {
  openProgress: () => undefined,
  tell: () => undefined,
  ask: async () => await Promise.resolve(undefined),
};

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
