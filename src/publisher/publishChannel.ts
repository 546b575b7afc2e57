import { AppError, unlessOfNoUse } from "../errors.ts";
import { type ChannelDocument, composeChannel, readChannel, tagOfChannel } from "../trust/channelDocument.ts";
import { encodeEnvelope, parseEnvelope, type Signer, signEnvelope } from "../trust/dsse.ts";
import { type ChannelPlace, fetchChannelDocument } from "./channels.ts";
import { isThere, pushDocument } from "./trust.ts";

/**
 * Signs and publishes the next document. @throws AppError `temporary` when somebody else has published one meanwhile,
 * before or after; `usage` when more keys have to sign; `bad-data` for one that launchers would refuse.
 */
export async function publishChannel(
  place: ChannelPlace,
  document: ChannelDocument,
  signers: readonly Signer[],
): Promise<void> {
  const { repository, keyring } = place;
  if (keyring !== undefined && new Set(signers.map(({ publicKey }) => publicKey.id)).size < keyring.threshold)
    throw new AppError("usage", `the channel's document has to be signed by ${keyring.threshold} keys`, {
      hint: "Name each of them: --key FILE --key FILE",
    });
  const tag = tagOfChannel(document.channel);
  const now = { ...place, tags: await repository.tags() };
  const before = await unlessOfNoUse(async () => await fetchChannelDocument(now, document.channel));
  if (before !== undefined && before.document.sequence >= document.sequence) throw raced(document.channel);
  const envelope = signers.reduce((signed, signer) => signEnvelope(signed, signer), composeChannel(document));
  // As launchers will read it: one that they refuse would end their updates, and could not be gone on from.
  const bytes = Buffer.from(encodeEnvelope(envelope));
  const { id } = place.installer;
  readChannel(parseEnvelope(bytes, tag), { quorum: keyring, id, channel: document.channel });
  const pushed = await pushDocument(repository, envelope, tag);
  if (!(await isThere(repository, tag, pushed))) throw raced(document.channel);
}

function raced(channel: string): AppError {
  return new AppError(
    "temporary",
    `somebody else has published a document of the channel ${channel} at the same time`,
    {
      hint: "Look at it, then try again: slipway channel show",
    },
  );
}
