import { readUsableActivation } from "../../store/usable.ts";
import { repair as repairStore, type Repaired } from "../../update/repair.ts";
import { update } from "../../update/update.ts";
import { selectRequest } from "../request.ts";
import { describeInstalled } from "../settle.ts";
import { tell } from "../terminal.ts";
import { CHECK_MS, defineVerb, LOCK_MS } from "./verb.ts";

const SENTENCES: Readonly<Record<Repaired["outcome"], string>> = {
  whole: "every file is as it was installed",
  unknown: "its program is there; nobody wrote down what its other files were",
  fetched: "it was damaged, and was fetched again",
  removed: "it was damaged, and was removed: it comes again when it is wanted",
};

export const repair = defineVerb({
  usage: "repair",
  summary: "compare every file with what was installed, and fetch again what is damaged",
  async act({ context, session }) {
    const opened = await session();
    const { paths } = context;
    const versions = await repairStore(opened.update, {
      waitForLock: LOCK_MS,
      deadline: CHECK_MS,
      signal: opened.skip,
    });
    const whole = readUsableActivation(paths);
    // What a start would run was lost altogether, or which one it is.
    if (whole === undefined || whole.request === "") {
      const result = await update(opened.update, {
        ...selectRequest(context, tell),
        deadline: CHECK_MS,
        waitForLock: LOCK_MS,
        signal: opened.skip,
      });
      if (result.kind === "failed") throw result.error;
    }
    opened.progress.close();
    const activation = readUsableActivation(paths);
    if (activation !== undefined) await describeInstalled(opened, activation);
    return { versions, current: activation?.current.version };
  },
  format: ({ versions, current }) =>
    [
      ...versions.flatMap(({ version, outcome, problems }) => [
        `${version}: ${SENTENCES[outcome]}`,
        ...problems.map((problem) => `  ${problem}`),
      ]),
      current === undefined ? "Nothing is installed." : `${current} is what starts.`,
    ].join("\n"),
});
