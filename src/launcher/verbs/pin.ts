import { AppError } from "../../errors.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import { readUsableActivation } from "../../store/usable.ts";
import { pardon, quarantineAgain } from "../../update/pardon.ts";
import { busy } from "../../update/rollBack.ts";
import { update } from "../../update/update.ts";
import type { UpdateResult } from "../../update/updateResult.ts";
import { changeOwnSetting, readOwnSettings } from "../ownSettings.ts";
import { describeInstalled } from "../settle.ts";
import { CHECK_MS, defineVerb, LOCK_MS } from "./verb.ts";

export const pin = defineVerb({
  usage: "pin VERSION",
  summary: "use this version from now on: 1.4.2, ^1.4, sha256:...; it is fetched if need be",
  arguments: [1, 1],
  async act({ context, args: [wanted = ""], session }) {
    const request = parseVersionRequest(wanted);
    // Before anything is fetched: what cannot be written down is not worth it.
    readOwnSettings(context.overridesFile);
    const opened = await session();
    const pardoned = await pardon(opened.update, request, { waitForLock: LOCK_MS });
    const result = await update(opened.update, {
      request,
      requestText: wanted,
      deadline: CHECK_MS,
      waitForLock: LOCK_MS,
      signal: opened.skip,
    });
    opened.progress.close();
    const problem = problemOf(result, wanted);
    const got = problem === undefined ? readUsableActivation(context.paths)?.current : undefined;
    const missed = pardoned.filter(({ version, digest }) => digest !== got?.digest && version !== got?.version);
    await quarantineAgain(opened.update, missed, { waitForLock: LOCK_MS });
    if (problem !== undefined) throw problem;
    await changeOwnSetting(context.overridesFile, "version", wanted);
    const activation = readUsableActivation(context.paths);
    if (activation !== undefined) await describeInstalled(opened, activation);
    opened.update.log("pinned", { request: wanted, version: activation?.current.version });
    return {
      pinned: wanted,
      installed: activation?.current.version,
      file: context.overridesFile,
      ...strongerThan(context),
    };
  },
  format: ({ pinned, installed, file, stronger }) =>
    [
      pinned === installed
        ? `${pinned} is used from now on.`
        : `${pinned} is what is looked for from now on; that is ${installed ?? "nothing yet"}.`,
      `It is written in ${file}; to let go of it: --launcher unpin`,
      ...(stronger === undefined ? [] : [`But ${stronger} says otherwise, and wins.`]),
    ].join("\n"),
});

export const unpin = defineVerb({
  usage: "unpin",
  summary: "let go of the version that was pinned",
  async act({ context, session }) {
    const { version: before } = readOwnSettings(context.overridesFile);
    await changeOwnSetting(context.overridesFile, "version", undefined);
    if (before !== undefined) (await session()).update.log("unpinned", { request: before });
    const { settings, installer } = context;
    const elsewhere = settings.version !== installer.version && settings.versionSource !== context.overridesFile;
    return {
      unpinned: typeof before === "string" ? before : undefined,
      wanted: elsewhere ? settings.version : installer.version,
      pinnedBy: elsewhere ? settings.versionSource : undefined,
    };
  },
  format: ({ unpinned, wanted, pinnedBy }) =>
    [
      unpinned === undefined ? "No version was pinned here." : `${unpinned} is no longer pinned.`,
      pinnedBy === undefined ? `The next start looks for ${wanted}.` : `${pinnedBy} still asks for ${wanted}.`,
    ].join("\n"),
});

/** Why the version was not got. */
function problemOf(result: UpdateResult, wanted: string): unknown {
  switch (result.kind) {
    case "activated":
    case "up-to-date":
      return undefined;
    case "failed":
      return result.error;
    case "busy":
      return busy();
    case "skipped":
    case "postponed":
      return new AppError("temporary", `${wanted} is not pinned: it could not be fetched now`, { hint: "Try again." });
  }
}

/** What holds more than the person's own file. */
function strongerThan({ environment }: { readonly environment: { readonly version?: string } }): {
  readonly stronger?: string;
} {
  return environment.version === undefined ? {} : { stronger: `SLIPWAY_VERSION (${environment.version})` };
}
