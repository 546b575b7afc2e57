import { satisfies } from "semver";
import { AppError, isOfNoUse } from "../errors.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { explainNoVersion } from "../release/resolve.ts";
import type { VersionRequest } from "../release/versionRequest.ts";
import type { Activation } from "../store/activation.ts";
import { type Quarantined, readState } from "../store/state.ts";
import type { TrustRecord } from "../store/trustRecord.ts";
import { type Authority, openAuthority } from "./authority.ts";
import { type Choice, type Offer, chooseFromChannel, chooseFromTags } from "./chooseReleases.ts";
import type { Origin, UpdateContext } from "./context.ts";
import { isStale } from "./findChannel.ts";
import { findDigest } from "./findDigest.ts";
import { type FoundRelease, isCritical, leftOutHere, platformMissing, type Refusal } from "./foundRelease.ts";
import { platformsOf, selectManifest } from "./selectManifest.ts";

/** `refused` is newer than what is installed, or found. */
export type Finding =
  | { readonly kind: "up-to-date"; readonly refused?: Refusal }
  /** The channel's document has expired, and nothing is changed until there is a new one. RFC 3339. */
  | { readonly kind: "frozen"; readonly since: string; readonly doubt: AppError }
  | { readonly kind: "found"; readonly release: FoundRelease; readonly refused?: Refusal };

/** Why another origin may know better. */
export function doubtOf(finding: Finding): AppError | undefined {
  return finding.kind === "frozen" ? finding.doubt : finding.refused?.error;
}

export interface FindOptions {
  readonly request: VersionRequest;
  readonly activation: Activation | undefined;
  /** Versions that failed on this computer. */
  readonly quarantine: readonly Quarantined[];
  readonly signal: AbortSignal;
  /** Told what is to be remembered of keys and channels; whoever changes nothing leaves it out. */
  readonly onLearned?: (record: TrustRecord) => void;
  /** Whether the digest that is asked for is one that was verified before. */
  readonly verified?: true;
}

// What does not run here, or is of no use, is passed over; somebody who stopped building for this platform, or who fills
// the repository with tags, should not cost 1,000 requests.
const MAX_LOOKUPS = 20;

/** Asks one origin for the newest release that the request allows, that is signed as it has to be, and that runs here. */
export async function findRelease(context: UpdateContext, origin: Origin, options: FindOptions): Promise<Finding> {
  const { request, activation, signal } = options;
  if (request.kind === "digest") return await findDigest(context, origin, { ...options, digest: request.digest });
  const source = await origin.open();

  const asked = {
    request,
    prereleases: context.settings.prereleases,
    quarantined: options.quarantine.map(({ version }) => version),
    ...(activation === undefined ? {} : { installed: activation.current.version }),
  };
  const authority = await openAuthority(context, source, {
    origin,
    signal,
    usesChannel: request.kind !== "exact",
    versions: { question: asked, most: MAX_LOOKUPS },
    onLearned: options.onLearned,
  });
  context.onTags?.(authority.needed);
  const { channel, needed } = authority;
  if (channel !== undefined && isStale(channel, context.now())) {
    const since = channel.document.expires ?? channel.document.issued;
    context.log("channel-expired", { channel: channel.document.channel, since });
    if (activation !== undefined) return { kind: "frozen", since, doubt: expired(context, since) };
    // With nothing to start, what was signed a while ago is better than nothing, unless the publisher thinks otherwise.
    if (context.installer.trust?.channel === "required") throw expired(context, since);
  }
  const question = { ...asked, tags: needed.tags };
  const choice =
    channel === undefined
      ? chooseFromTags(question)
      : chooseFromChannel(channel.document, question, readState(context.paths));
  for (const { version, reason } of choice.omitted) context.log("left-out", { version, reason });
  if (channel !== undefined) {
    const { sequence, releases } = channel.document;
    context.log("channel", {
      channel: channel.document.channel,
      sequence,
      offers: releases.map(({ version }) => version),
    });
  }
  context.log("candidates", {
    repository: origin.name,
    tags: needed.listed,
    newest: choice.offers.slice(0, 5).map(({ version }) => version),
  });
  const finding = await tryOffers(context, { choice, authority, source, options });
  if (finding !== undefined) return finding;
  // Something is installed and the repository has nothing that is newer.
  if (activation !== undefined && isWithin(activation.current.version, request, channel !== undefined))
    return { kind: "up-to-date" };
  if (channel !== undefined) throw nothingOffered(context, channel.document.channel);
  throw explainNoVersion(question);
}

/** Whether the installed version is what is asked for, should nothing better come. A channel need not offer it any more. */
function isWithin(installed: string, request: VersionRequest, hasChannel: boolean): boolean {
  if (request.kind === "latest") return true;
  return hasChannel && request.kind === "range" && satisfies(installed, request.range, { includePrerelease: true });
}

interface Trying {
  readonly choice: Choice;
  readonly authority: Authority;
  readonly source: TaggedStorage;
  readonly options: FindOptions;
}

/** The first offer that is whole, signed, and has the platform. @returns undefined when there are none to try. */
async function tryOffers(context: UpdateContext, trying: Trying): Promise<Finding | undefined> {
  const { choice, source, options } = trying;
  const { activation, request } = options;
  if (choice.offers.length === 0) return undefined;
  const lacking: string[] = [];
  let refused: Refusal | undefined;
  let failed: string | undefined;
  for (const offer of choice.offers.slice(0, MAX_LOOKUPS)) {
    const { version } = offer;
    const passedOver = refused === undefined ? {} : { refused };
    // Releases do not change: the version alone says that it is here already, and saves two requests.
    if (version === activation?.current.version) return { kind: "up-to-date", ...passedOver };
    let looked: Awaited<ReturnType<typeof lookAt>>;
    try {
      looked = await lookAt(context, offer, trying);
    } catch (error) {
      if (!isOfNoUse(error)) throw error;
      // Whoever can write to the registry could end all updates with one tag, and so could half of a release.
      context.log("left-out", { version, reason: error.message });
      refused ??= { version, error };
      continue;
    }
    const { root, verified, selected } = looked;
    if (selected === undefined) {
      context.log("platform-missing", { version, offers: platformsOf(root) });
      lacking.push(version);
      continue;
    }
    const same = options.quarantine.find((entry) => entry.digest === selected.descriptor.digest);
    // What did not run under one number does not under another; only who names a version wants it all the same.
    if (same !== undefined && request.kind !== "exact") {
      const reason = `it is the same as ${same.version}, which is left out: ${same.reason}`;
      context.log("left-out", { version, reason });
      failed ??= version;
      continue;
    }
    const critical = offer.critical || isCritical(selected, verified);
    const release = { version, source, selected, withdrawn: choice.withdrawn, critical };
    return { kind: "found", release, ...passedOver };
  }
  // Another origin may have what is whole and signed.
  if (refused !== undefined) throw refused.error;
  if (activation !== undefined && request.kind === "latest") return { kind: "up-to-date" };
  if (failed !== undefined) throw leftOutHere(failed);
  throw platformMissing(context, lacking);
}

/** @throws AppError `bad-data`, `not-found` for what is of no use. */
async function lookAt(
  { host }: UpdateContext,
  { version, tag, digest }: Offer,
  { authority, source, options: { signal } }: Trying,
) {
  const root = await source.fetchManifest(digest ?? tag, { signal });
  const verified = await authority.verify(root, { kind: "program", version });
  return { root, verified, selected: await selectManifest(source, root, { host, signal }) };
}

function expired({ installer }: UpdateContext, since: string): AppError {
  return new AppError("bad-data", `the list of versions of ${installer.name} expired on ${since.slice(0, 10)}`, {
    hint: `Ask ${installer.publisher ?? "the publisher"} to renew it, and check this computer's clock.`,
  });
}

function nothingOffered({ installer }: UpdateContext, channel: string): AppError {
  return new AppError("not-found", `the channel ${channel} of ${installer.name} offers nothing to this computer`, {
    hint: "Ask the publisher, or name a version: --launcher pin VERSION",
  });
}
