import { AppError } from "../../errors.ts";
import { parseRepository } from "../../oci/reference.ts";
import { orderTags, parseTags, selectVersions } from "../../release/resolve.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { formatPlace, openSource, parsePlace } from "../place.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  semver: { type: "boolean" },
  latest: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const tags: Command = {
  name: "tags",
  summary: "list the tags of a repository, newest version first",
  options: OPTIONS,
  help: `Usage: slipway tags REPOSITORY [--semver] [--latest]

Lists tags: versions first, newest at the top, then all others by name.

  --semver              only versions (SemVer 2.0)
  --latest              only the newest version, without pre-releases
  --json                print JSON
${NETWORK_HELP}

Example:
  slipway tags ghcr.io/example/app --latest
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const place = parsePlace(onlyArgument(positionals, "a repository"));
    if (place.kind === "registry") parseRepository(formatPlace(place));
    const repository = formatPlace(place);
    await using network = await openNetwork(context, values);
    await using source = await openSource(place, { network, cwd: context.cwd });
    const all = await source.storage.tags();
    const chosen = choose(all, values);
    if (values.latest === true && chosen.length === 0) {
      throw new AppError("not-found", `${repository} has no version tags`, {
        hint: "See all tags without --latest.",
      });
    }
    if (values.json === true) printJson(context, { repository, tags: chosen });
    else context.out(chosen.map((tag) => `${tag}\n`).join(""));
  },
};

function choose(all: readonly string[], { semver, latest }: { semver?: boolean; latest?: boolean }): string[] {
  if (latest === true) {
    const newest = selectVersions({ tags: all, request: { kind: "latest" }, prereleases: false, quarantined: [] })[0];
    return newest === undefined ? [] : [newest.tag];
  }
  const versions = new Set(parseTags(all).map(({ tag }) => tag));
  return orderTags(semver === true ? all.filter((tag) => versions.has(tag)) : all);
}
