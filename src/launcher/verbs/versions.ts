import { readActivation } from "../../store/activation.ts";
import { readState } from "../../store/state.ts";
import { installedAt, readInstalled } from "../../store/versions.ts";
import { formatTime } from "../../format.ts";
import { defineVerb } from "./verb.ts";

/** The versions that are kept, the newest installed first, and which of them a start would run. */
export const versions = defineVerb({
  usage: "versions",
  summary: "the versions kept on this computer",
  async act({ context: { paths } }) {
    const read = readActivation(paths);
    const activation = read.kind === "found" || read.kind === "newer" ? read.activation : undefined;
    const failed = new Map(readState(paths).quarantine.map(({ digest, reason }) => [digest, reason]));
    return readInstalled(paths)
      .map((version) => ({
        version: version.version,
        digest: version.digest,
        installedAt: new Date(installedAt(paths, version)).toISOString(),
        current: version.digest === activation?.current.digest,
        previous: version.digest === activation?.previous?.digest,
        leftOut: failed.get(version.digest),
      }))
      .sort((a, b) => b.installedAt.localeCompare(a.installedAt));
  },
  format(found) {
    if (found.length === 0) return "No version is on this computer yet.";
    return found
      .map(({ version, installedAt, current, previous, leftOut }) => {
        const notes = [
          `installed ${formatTime(installedAt)}`,
          ...(current ? ["the one that starts"] : []),
          ...(previous ? ["the one before"] : []),
          ...(leftOut === undefined ? [] : [`left out: ${leftOut}`]),
        ];
        return `${current ? "*" : " "} ${version}  ${notes.join(", ")}`;
      })
      .join("\n");
  },
});
