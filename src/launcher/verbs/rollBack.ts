import { AppError } from "../../errors.ts";
import { goBack } from "../../update/rollBack.ts";
import { readWish } from "../request.ts";
import { describeInstalled } from "../settle.ts";
import { tell } from "../terminal.ts";
import { defineVerb, LOCK_MS } from "./verb.ts";

export const rollBack = defineVerb({
  usage: "rollback",
  summary: "go back to the version before, and stay there until there is another",
  async act({ context, session }) {
    const { request, settings, unreadable } = readWish(context);
    if (unreadable !== undefined) tell(`${unreadable}\n`);
    if (request.kind === "exact" || request.kind === "digest") {
      throw new AppError("usage", `the version is fixed to ${settings.version} (${settings.versionSource})`, {
        hint: "Fix it to another one with: --launcher pin VERSION",
      });
    }
    const opened = await session();
    const { activation, from } = await goBack(opened.update, { waitForLock: LOCK_MS });
    await describeInstalled(opened, activation);
    return { version: activation.current.version, from };
  },
  format: ({ version, from }) =>
    `${version} is used again. ${from} is left out until there is another version; to have it back: --launcher update`,
});
