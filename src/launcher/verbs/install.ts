import { AppError } from "../../errors.ts";
import { acquireLock } from "../../store/lock.ts";
import { launcherPaths } from "../../store/paths.ts";
import { readUsableActivation } from "../../store/usable.ts";
import { busy } from "../../update/rollBack.ts";
import { install as settleIn } from "../settle.ts";
import { updateNow } from "./update.ts";
import { defineVerb, LOCK_MS } from "./verb.ts";

/** Whoever says so wants it, whatever made the launcher think that it is not opened by a person. */
export const install = defineVerb({
  usage: "install",
  summary: "give the program its place on this computer, with shortcuts",
  async act({ context, session }) {
    const opened = await session();
    if (readUsableActivation(context.paths) === undefined) await updateNow(opened, { byPerson: true });
    const activation = readUsableActivation(context.paths);
    if (activation === undefined) {
      throw new AppError("temporary", "there is no version of the program on this computer yet", {
        hint: "Try again.",
      });
    }
    await using lock = await acquireLock(launcherPaths(context.paths), { timeout: LOCK_MS });
    if (lock === undefined) throw busy();
    await settleIn(opened, activation);
    return { name: context.installer.name, home: opened.desktop.home };
  },
  format: ({ name, home }) => `${name} is at ${home}.`,
});
