import { compareBuild } from "semver";
import { AppError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { type ChannelDocument, type ChannelRelease, MAX_RELEASES, yankReason } from "./channelDocument.ts";

/** The next document of a channel, from the one that holds: pure, so that every change can be looked at. */

export interface Issue {
  /** RFC 3339. */
  readonly issued: string;
  /** Until when it is to be believed, RFC 3339; "never" takes the time away; undefined keeps the span of the one before. */
  readonly expires: string | undefined;
}

export interface Promotion {
  readonly version: string;
  /** Of the index. */
  readonly digest: Digest;
  /** Percent; undefined for what it is offered to already, or else to all. */
  readonly rollout: number | undefined;
  /** What was critical stays so. */
  readonly critical: boolean;
}

/** Where a publisher sees what holds. */
export const SHOW = "To see what is offered and what is yanked: slipway channel show";

/** The first document of a channel. */
export function emptyChannel(id: string, channel: string): ChannelDocument {
  return {
    id,
    channel: channel.toLowerCase(),
    sequence: 0,
    issued: new Date(0).toISOString(),
    releases: [],
    yanked: [],
  };
}

/** Offers a release; the others stay, for those who are not among the first. @throws AppError `usage`. */
export function promote(before: ChannelDocument, release: Promotion, issue: Issue): ChannelDocument {
  const { version } = release;
  const reason = yankReason(before, version);
  if (reason !== undefined)
    throw new AppError("usage", `${version} was yanked: ${reason}`, {
      hint: `Publish a new version. To offer this one again: slipway yank ${version} --undo`,
    });
  const present = before.releases.find((entry) => entry.version === version);
  // The same version may have another digest by now: it was signed once more.
  const rollout = release.rollout ?? present?.rollout ?? 100;
  const critical = release.critical || present?.critical === true;
  if (present !== undefined && present.digest === release.digest && rollout < present.rollout)
    throw lessThan(version, present.rollout, rollout);
  const others = before.releases.filter((entry) => entry.version !== version);
  const releases = newestFirst([{ ...release, rollout, critical }, ...others]);
  return next(before, issue, { releases: releases.slice(0, MAX_RELEASES) });
}

/** Offers a release to more people: the version that is named, or else the newest. @throws AppError `usage`. */
export function rollOut(
  before: ChannelDocument,
  { percent, version }: { readonly percent: number; readonly version: string | undefined },
  issue: Issue,
): ChannelDocument {
  const wanted = version ?? before.releases.find((entry) => yankReason(before, entry.version) === undefined)?.version;
  const present = before.releases.find((entry) => entry.version === wanted);
  if (present === undefined)
    throw new AppError("usage", `the channel ${before.channel} has no release ${wanted ?? "yet"}`, {
      hint: `Offer one first: slipway promote VERSION --channel ${before.channel}`,
    });
  if (percent < present.rollout) throw lessThan(present.version, present.rollout, percent);
  const changed = { ...present, rollout: percent };
  return next(before, issue, { releases: before.releases.map((entry) => (entry === present ? changed : entry)) });
}

/** Takes a version back, in whatever channel somebody got it from. @throws AppError `usage`. */
export function yank(
  before: ChannelDocument,
  { version, reason }: { readonly version: string; readonly reason: string },
  issue: Issue,
): ChannelDocument {
  const others = before.yanked.filter((entry) => entry.version !== version);
  return next(before, issue, { yanked: [{ version, reason }, ...others].slice(0, MAX_RELEASES) });
}

/** Lets a version be offered again. @throws AppError `usage`. */
export function unyank(before: ChannelDocument, version: string, issue: Issue): ChannelDocument {
  if (yankReason(before, version) === undefined)
    throw new AppError("usage", `${version} is not yanked in the channel ${before.channel}`, { hint: SHOW });
  return next(before, issue, { yanked: before.yanked.filter((entry) => entry.version !== version) });
}

/** The same again, for a while longer. */
export function renew(before: ChannelDocument, issue: Issue): ChannelDocument {
  return next(before, issue, {});
}

function next(
  before: ChannelDocument,
  { issued, expires }: Issue,
  change: Partial<Pick<ChannelDocument, "releases" | "yanked">>,
): ChannelDocument {
  if (!Number.isSafeInteger(before.sequence + 1))
    throw new AppError(
      "bad-data",
      `number ${before.sequence} of the channel ${before.channel} has no number after it`,
      {
        hint: "Somebody else has your key. See: slipway rotate --help, and promote --anew",
      },
    );
  const { expires: last, ...kept } = before;
  const until = expires ?? (last === undefined ? undefined : sameSpan(before.issued, last, issued));
  return {
    ...kept,
    ...change,
    sequence: before.sequence + 1,
    issued,
    ...(until === undefined || until === "never" ? {} : { expires: until }),
  };
}

/** A document that was good for thirty days is followed by one that is. */
function sameSpan(issued: string, expires: string, now: string): string {
  return new Date(Date.parse(now) + Date.parse(expires) - Date.parse(issued)).toISOString();
}

function newestFirst(releases: readonly ChannelRelease[]): ChannelRelease[] {
  return [...releases].sort((a, b) => compareBuild(b.version, a.version));
}

function lessThan(version: string, before: number, wanted: number): AppError {
  return new AppError("usage", `${version} is offered to ${before} % already, which cannot become ${wanted} %`, {
    hint: `Nobody who has a release should lose it by chance. To take it back from all: slipway yank ${version} --reason "..."`,
  });
}
