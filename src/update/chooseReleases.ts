import { type Candidate, selectVersions, type VersionQuestion } from "../release/resolve.ts";
import { tagOfVersion } from "../release/versionTag.ts";
import type { Digest } from "../oci/digest.ts";
import { type ChannelDocument, yankReason } from "../trust/channelDocument.ts";
import { isInRollout } from "../trust/rollout.ts";

/** A version that may be taken, and what is known of it before it is fetched. */
export interface Offer extends Candidate {
  /** Of the index; undefined where only the tag names it. */
  readonly digest: Digest | undefined;
  readonly critical: boolean;
}

export interface Choice {
  /** Newest first. */
  readonly offers: readonly Offer[];
  /** Set when the installed version was taken back: then an older one may follow it. */
  readonly withdrawn: { readonly version: string; readonly reason: string } | undefined;
  /** What the document has and this computer does not get. */
  readonly omitted: readonly { readonly version: string; readonly reason: string }[];
}

/** What the tags alone offer. */
export function chooseFromTags(question: VersionQuestion): Choice {
  const offers = selectVersions(question).map(({ version, tag }) => ({
    version,
    tag,
    digest: undefined,
    critical: false,
  }));
  return { offers, withdrawn: undefined, omitted: [] };
}

/**
 * What a channel's document offers to this computer: pure. A pin to one version is somebody's decision, and is made from
 * the tags; all other requests choose among what the channel has.
 */
export function chooseFromChannel(
  document: ChannelDocument,
  question: Omit<VersionQuestion, "tags" | "prereleases">,
  { installId }: { readonly installId: string },
): Choice {
  const { installed } = question;
  const reason = installed === undefined ? undefined : yankReason(document, installed);
  const withdrawn = installed === undefined || reason === undefined ? undefined : { version: installed, reason };
  const omitted: { version: string; reason: string }[] = [];
  const offered = document.releases.filter(({ version, rollout }) => {
    const why = yankReason(document, version);
    if (why !== undefined) {
      omitted.push({ version, reason: `it was withdrawn: ${why}` });
      return false;
    }
    // Whoever has it keeps it.
    if (version === installed || isInRollout({ installId, id: document.id, version }, rollout)) return true;
    omitted.push({ version, reason: `it is offered to ${rollout} % of all computers so far, and not to this one` });
    return false;
  });
  const tagged = new Map(offered.map((release) => [release.version, release]));
  const { installed: _installed, ...withoutInstalled } = question;
  const candidates = selectVersions({
    ...(withdrawn === undefined ? question : withoutInstalled),
    tags: offered.map(({ version }) => tagOfVersion(version)),
    // Whoever promoted a pre-release to this channel meant it.
    prereleases: true,
  });
  const offers = candidates.flatMap((candidate) => {
    const release = tagged.get(candidate.version);
    return release === undefined ? [] : [{ ...candidate, digest: release.digest, critical: release.critical }];
  });
  return { offers, withdrawn, omitted };
}
