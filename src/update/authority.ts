import { AppError } from "../errors.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { readTrustRecord, type TrustRecord } from "../store/trustRecord.ts";
import { type ReadChannel, tagOfChannel } from "../trust/channelDocument.ts";
import { fingerprintOf, type Keyring, parseKeyring, writeKeyring, type WrittenKeyring } from "../trust/keyring.ts";
import type { ReleaseKind } from "../trust/releaseStatement.ts";
import { type VerifiedRelease, verifyRelease } from "../trust/verifyRelease.ts";
import type { Origin, UpdateContext } from "./context.ts";
import { fetchChannel, judgeChannel, seenOf } from "./findChannel.ts";
import { findKeys } from "./findKeys.ts";
import { listNeededTags, type NeededTags, type TagNeeds } from "./neededTags.ts";

/** Who is believed about an origin's releases, as far as this computer knows by now. */
export interface Authority {
  readonly needed: NeededTags;
  /** The document of the channel that holds; undefined where there is none. */
  readonly channel: ReadChannel | undefined;
  /** @returns undefined where nobody has to sign. @throws AppError `bad-data` for what nobody stands for. */
  verify(root: FetchedManifest, expected: Expectation): Promise<VerifiedRelease | undefined>;
}

export interface Expectation {
  readonly kind: ReleaseKind;
  /** The version under which it was found; undefined for what is asked for by its digest. */
  readonly version: string | undefined;
}

type TrustContext = Pick<UpdateContext, "installer" | "settings" | "paths" | "log">;

/**
 * The keys that this launcher knows: those that it was built with, or what it has seen replace them. Keys that others led
 * to do not count: a new file, which somebody took because all keys were lost, has the last word.
 */
export function knownKeys({ installer, paths }: Pick<UpdateContext, "installer" | "paths">): Keyring | undefined {
  const { trust } = installer;
  if (trust === undefined) return undefined;
  const built = parseKeyring(trust);
  const { keys } = readTrustRecord(paths);
  const seen = keys?.from.includes(fingerprintOf(built)) === true ? parseUnlessDamaged(keys) : undefined;
  return seen ?? built;
}

/** Damaged keys are as if they had never been seen: the statements that introduced them are still there. */
function parseUnlessDamaged(keys: WrittenKeyring): Keyring | undefined {
  try {
    return parseKeyring(keys);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

export interface AuthorityOptions {
  readonly origin: Origin;
  readonly signal: AbortSignal;
  /** Whether the channel's document decides; a pin to one version is somebody's own decision. */
  readonly usesChannel: boolean;
  /** What is asked of the tags besides. */
  readonly versions?: TagNeeds["versions"];
  /** Told what is to be remembered, of new keys before they are used for anything. */
  readonly onLearned?: ((record: TrustRecord) => void) | undefined;
}

/**
 * Asks an origin for its tags, and with them for new keys and the document of the channel. What came along with the
 * launcher needs nobody's word: it is in the same file as the keys.
 */
export async function openAuthority(
  context: TrustContext,
  source: TaggedStorage,
  { origin, signal, usesChannel, versions, onLearned }: AuthorityOptions,
): Promise<Authority> {
  const { installer, settings, paths, log } = context;
  const record = readTrustRecord(paths);
  const { channel, prereleases } = settings;
  const known = origin.bundled === true ? undefined : knownKeys(context);
  const needs = { versions, prereleases, channel, keyring: known };
  if (origin.bundled === true) return believeAll(await listNeededTags(source, needs, signal));
  const tag = tagOfChannel(channel);
  // Where there was a document there will be one: it is asked for while the tags are.
  const early = usesChannel && record.channels[tag] !== undefined ? fetchChannel(source, channel, signal) : undefined;
  early?.catch(() => undefined);
  const needed = await listNeededTags(source, needs, signal);
  const { tags } = needed;
  const { id, trust } = installer;
  const accepted: Keyring[] = [];
  const onAccepted = (next: Keyring): void => void accepted.push(next);
  const keyring =
    known === undefined ? undefined : await findKeys(source, known, { tags, id, log, signal, onAccepted });
  const learned = known === undefined ? record : rememberKeys(record, known, accepted);
  if (learned !== record) onLearned?.(learned);
  const envelope = !usesChannel
    ? undefined
    : await (early ?? (tags.includes(tag) ? fetchChannel(source, channel, signal) : undefined));
  const required = trust?.channel === "required";
  const question = { id, channel, keyring, record, required, origin: origin.name };
  const found = usesChannel ? judgeChannel(envelope, question) : undefined;
  if (found !== undefined) {
    const channels = { ...learned.channels, [tag]: seenOf(found, record.channels[tag]) };
    onLearned?.({ ...learned, channels });
  }
  return {
    needed,
    channel: found,
    async verify(root, { kind, version }) {
      if (keyring === undefined) return undefined;
      return await verifyRelease(source, root, {
        quorum: keyring,
        expected: { id, kind, version },
        tags: needed.signatures,
        signal,
      });
    },
  };
}

function rememberKeys(record: TrustRecord, known: Keyring, accepted: readonly Keyring[]): TrustRecord {
  const holds = accepted.at(-1);
  if (holds === undefined) return record;
  const before = record.keys?.from ?? [];
  const steps = [known, ...accepted].map(fingerprintOf);
  // Launchers that led to one of these lead on to the last one.
  const from = steps.some((step) => before.includes(step)) ? [...new Set([...before, ...steps])] : steps;
  return { ...record, keys: { ...writeKeyring(holds), from } };
}

/** For what is known by its digest already. */
export function believeAll(needed: NeededTags): Authority {
  return { needed, channel: undefined, verify: async () => undefined };
}
