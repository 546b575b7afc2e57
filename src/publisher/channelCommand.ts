import { checkValue } from "../config/overrides.ts";
import { parseDuration } from "../config/duration.ts";
import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import { formatTime } from "../format.ts";
import { parseRepository } from "../oci/reference.ts";
import { versionOfTag } from "../release/versionTag.ts";
import type { ChannelDocument } from "../trust/channelDocument.ts";
import type { Signer } from "../trust/dsse.ts";
import type { Issue } from "../trust/planChannel.ts";
import type { ChannelPlace } from "./channels.ts";
import type { CommandContext, readArguments } from "./command.ts";
import { readInstaller } from "./installerFile.ts";
import { NETWORK_OPTIONS, openNetwork } from "./network.ts";
import { KEY_OPTIONS, openSigningKeys, requireSigningKeys } from "./signingKeys.ts";
import { currentKeys, refuseStrangers, tagsOf } from "./trust.ts";

/** What promote, rollout, yank and channel have in common. */
export const CHANNEL_OPTIONS = {
  ...NETWORK_OPTIONS,
  ...KEY_OPTIONS,
  expires: { type: "string" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

export const EXPIRES_HELP = `  --expires TIME        until when the document is to be believed, such as 30d, or never; afterwards launchers
                        warn and stay as they are. Default: as long as the last one was`;

/** What {@link CHANNEL_OPTIONS} give. */
export type ChannelValues = ReturnType<typeof readArguments<typeof CHANNEL_OPTIONS>>["values"];

/** Opens the program's repository and the keys that are believed about it. */
export async function openChannelPlace(
  values: ChannelValues,
  context: CommandContext,
): Promise<ChannelPlace & AsyncDisposable> {
  const installer = await readInstaller(context.cwd, values.config);
  const network = await openNetwork(context, values);
  const repository = network.repository(parseRepository(installer.repository));
  const tags = await tagsOf(repository);
  const keyring = await currentKeys(installer, repository, tags);
  return {
    installer,
    repository,
    tags,
    keyring,
    [Symbol.asyncDispose]: async () => await network[Symbol.asyncDispose](),
  };
}

/** Where launchers believe nobody in particular, a document need not be signed. @throws AppError `usage`. */
export async function openChannelKeys(
  { key }: ChannelValues,
  { keyring }: ChannelPlace,
  context: CommandContext,
): Promise<Signer[]> {
  const signers =
    keyring === undefined ? await openSigningKeys(key ?? [], context) : await requireSigningKeys(key, context);
  refuseStrangers(signers, keyring);
  return signers;
}

// A hundred years; what is longer is "never".
const LONGEST = 36_500 * 86_400_000;

/** @throws AppError `usage`. */
export function readIssue({ expires }: ChannelValues, now: number): Issue {
  const issued = new Date(now).toISOString();
  if (expires === undefined || expires === "never") return { issued, expires };
  const span = parseDuration(expires);
  if (span === undefined || span === 0 || span > LONGEST)
    throw new AppError("usage", `not a time: ${JSON.stringify(expires)}`, { hint: "For example: 30d, 12h, or never." });
  return { issued, expires: new Date(now + span).toISOString() };
}

/** @throws AppError `usage`. */
export function readChannelName(name: string | undefined, { channel }: Pick<Installer, "channel">): string {
  const problem = name === undefined ? undefined : checkValue.channel(name);
  if (problem !== undefined) throw new AppError("usage", problem, { hint: "For example: --channel beta" });
  return (name ?? channel).toLowerCase();
}

/** @throws AppError `usage`. */
export function readVersion(text: string): string {
  const version = versionOfTag(text.replace("+", "_"));
  if (version !== undefined) return version;
  throw new AppError("usage", `${JSON.stringify(text)} is not a version`, { hint: "For example: 1.2.0" });
}

/** `10%` or `10`. @throws AppError `usage`. */
export function readPercent(text: string): number {
  const number = /^\d{1,3}(?:\.\d{1,2})?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (number >= 0 && number <= 100) return number;
  throw new AppError("usage", `not a percentage: ${JSON.stringify(text)}`, { hint: "For example: 10%" });
}

/** What launchers will read, for people. */
export function describeChannel(document: ChannelDocument): string {
  const { channel, sequence, issued, expires, releases, yanked } = document;
  const until = expires === undefined ? "" : `, good until ${formatTime(expires)}`;
  const taken = new Map(yanked.map(({ version, reason }) => [version, reason]));
  const width = Math.max(
    ...releases.map(({ version }) => version.length),
    ...yanked.map(({ version }) => version.length),
    0,
  );
  const lines = releases.map(({ version, rollout, critical, digest }) => {
    const reason = taken.get(version);
    const state = reason === undefined ? `${rollout} %${critical ? ", critical" : ""}` : `yanked: ${reason}`;
    return `  ${version.padEnd(width)}  ${state}  ${digest.slice(0, 19)}`;
  });
  const others = yanked.filter(({ version }) => !releases.some((release) => release.version === version));
  return [
    `${channel}: number ${sequence} of ${formatTime(issued)}${until}`,
    ...lines,
    ...others.map(({ version, reason }) => `  ${version.padEnd(width)}  yanked: ${reason}`),
    "",
  ].join("\n");
}

export function noDocument(channel: string): AppError {
  return new AppError("not-found", `the channel ${channel} has no document yet`, {
    hint: `Offer a release first: slipway promote VERSION --channel ${channel}`,
  });
}
