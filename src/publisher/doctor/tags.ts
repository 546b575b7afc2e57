import { parse } from "semver";
import { explainNoVersion, selectVersions } from "../../release/resolve.ts";
import { versionOfTag } from "../../release/versionTag.ts";
import { failed, failedBy, few, ok, skipped, type Verdict, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { type Access, questionOf } from "./reach.ts";

/** Whether launchers see the version's tag, and take it. */
export function judgeTags(
  { installer, digest }: Pick<Patient, "installer" | "digest">,
  { tags, label, root }: Pick<Access, "tags" | "label" | "root">,
): Verdict {
  if (tags === undefined) return skipped("strangers get no list of tags");
  const question = questionOf(installer, tags);
  if (label === undefined) return failedBy(explainNoVersion(question));
  if (digest !== undefined) return ok(`${tags.length} are visible; the release was asked for by its digest`);
  if (!tags.includes(label)) {
    return root === undefined
      ? failed(
          `there is no tag ${label} among ${tags.length}${tags.length === 0 ? "" : `: ${few([...tags].slice(-5), 5)}`}`,
          "Check the version, or publish it with: slipway push",
          "not-found",
        )
      : failed(
          `${label} can be fetched, but is not in the list of ${tags.length} tags by which launchers see versions`,
          "Wait a moment, as some registries list late; if it stays, push it again, or tell whoever runs the registry.",
        );
  }
  const version = versionOfTag(label);
  if (version === undefined) {
    return failed(
      `${label} is no version, and launchers take nothing else`,
      "Push it under a SemVer version, such as 1.2.0: slipway push HOST/NAME:1.2.0 PLATFORM=PATH...",
    );
  }
  return judgeChoice({ question, version, label });
}

interface Choice {
  readonly question: ReturnType<typeof questionOf>;
  readonly version: string;
  readonly label: string;
}

function judgeChoice({ question, version, label }: Choice): Verdict {
  const [taken] = selectVersions(question);
  if (taken?.tag === label) return ok(`${label} is listed, and the version that launchers take`);
  const wanted = question.request.kind === "latest" ? "" : ` (installer.json asks for ${formatWanted(question)})`;
  const takes = taken === undefined ? "take none of what is there" : `take ${taken.tag}`;
  const channel = parse(version)?.prerelease[0];
  if (channel !== undefined && question.request.kind === "latest")
    return warning(
      `${label} is listed, but a pre-release: launchers ${takes}`,
      `Only those get it who asked for pre-releases${typeof channel === "string" ? `: "channel": "${channel}" in installer.json, or` : ", by"} --launcher channel. For everybody, push a release.`,
    );
  return warning(
    `${label} is listed, but launchers ${takes}${wanted}`,
    wanted === ""
      ? "If people are to have this one, push it under a higher version."
      : 'Change "version" in installer.json and build again, if people are to have this one.',
  );
}

function formatWanted({ request }: Choice["question"]): string {
  return request.kind === "exact" ? request.version : request.kind === "range" ? request.range : "one digest";
}
