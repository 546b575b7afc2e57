import { resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Signer } from "../../trust/dsse.ts";
import { signEnvelope } from "../../trust/dsse.ts";
import { acceptKeys, composeKeysStatement, type Keyring, MAX_SEQUENCE, writeKeyring } from "../../trust/keyring.ts";
import { generateKeyPair } from "../../trust/privateKey.ts";
import { parsePublicKey, type PublicKey, shortKey } from "../../trust/publicKey.ts";
import { tagOfKeys } from "../../update/findKeys.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { changeInstaller, readInstaller } from "../installerFile.ts";
import { newPassphrase, refuseExisting, writeKeyPair } from "../keyFiles.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { KEY_HELP, KEY_OPTIONS, openPublicKeys, requireSigningKeys } from "../signingKeys.ts";
import { currentKeys, pushDocument, tagsOf } from "../trust.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...KEY_OPTIONS,
  new: { type: "string", multiple: true },
  "new-recovery": { type: "string", multiple: true },
  "keep-old": { type: "boolean" },
  "drop-old": { type: "boolean" },
  threshold: { type: "string" },
  out: { type: "string" },
  "no-passphrase": { type: "boolean" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

export const rotate: Command = {
  name: "rotate",
  summary: "replace the keys that launchers believe",
  options: OPTIONS,
  help: `Usage: slipway rotate --key FILE... (--keep-old | --drop-old) [--out NAME | --new FILE.pub...]

Publishes a statement, signed by the keys that hold or by a recovery key, that introduces the next ones. Launchers that
are out there find it by themselves (tag trust-1, trust-2 ...); installer.json gets the new keys for those to come.

  --keep-old            the old keys stay good beside the new one: what they have signed stays as it is
  --drop-old            they are good for nothing any more: for a key that was stolen
  --out NAME            make a new key pair: NAME.key, NAME.pub; default slipway-SEQUENCE
  --new FILE.pub        instead of making one, introduce these public keys; may be given again
  --new-recovery FILE.pub
                        replace the recovery keys too, which only a recovery key may sign
  --threshold NUMBER    how many keys have to sign from now on; default: as before
${KEY_HELP}
  --no-passphrase       leave the new private key unencrypted
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Examples:
  slipway rotate --key slipway.key --keep-old
  slipway rotate --key slipway-recovery.key --drop-old     # the first key was stolen or lost
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    noMoreArguments(positionals, "no argument");
    const keepOld = readChoice(values);
    const installer = await readInstaller(context.cwd, values.config);
    if (installer.trust === undefined)
      throw new AppError("usage", "installer.json has no keys to replace", { hint: "Make the first: slipway keygen" });
    await using network = await openNetwork(context, values);
    const target = network.repository(parseRepository(installer.repository));
    const tags = await tagsOf(target);
    const current = await currentKeys(installer, target, tags);
    if (current === undefined) throw new AppError("internal", "keys were lost on the way");
    const signers = await requireSigningKeys(values.key, context);
    const sequence = nextSequence(tags, current, signers);
    const made = await makeKeys(values, { context, sequence });
    const given = await openPublicKeys(values["new-recovery"] ?? [], context);
    const keys = distinct([...made.keys, ...(keepOld ? current.keys : [])]);
    const next: Keyring = {
      sequence,
      keys,
      threshold: readThreshold(values.threshold) ?? Math.min(current.threshold, keys.length),
      recovery: given.length > 0 ? given : current.recovery,
    };
    const envelope = composeStatement({ id: installer.id, next, signers });
    // What a launcher will do with it, before anybody sees it.
    acceptKeys(current, envelope, { id: installer.id, named: sequence });
    await made.write();
    await pushDocument(target, envelope, tagOfKeys(sequence));
    await changeInstaller(context.cwd, values.config, (content) => ({
      ...content,
      trust: { ...(content["trust"] as Record<string, unknown>), ...writeKeyring(next) },
    }));
    const result = { sequence, tag: tagOfKeys(sequence), keys: keys.map(({ id }) => id), files: made.files };
    if (values.json === true) return printJson(context, result);
    context.out(
      [
        `${result.tag} says from now on: ${keys.map(({ id }) => shortKey(id)).join(", ")}`,
        ...made.files.map((file) => `  ${file}`),
        "installer.json has them too; build and publish launchers with it: slipway build, slipway push --launcher",
        ...(keepOld
          ? []
          : [
              "What the old keys have signed is good for nothing now. For each version that is to stay on offer:",
              "  slipway sign VERSION --key NEW.key",
              "and then for each channel that has a document: slipway promote VERSION --channel NAME --anew --key NEW.key",
            ]),
        "",
      ].join("\n"),
    );
  },
};

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>["values"];

/** Either is wrong half of the time: the one leaves a thief in, the other leaves releases that nobody takes. */
function readChoice({ "keep-old": keep, "drop-old": drop }: Values): boolean {
  if ((keep === true) !== (drop === true)) return keep === true;
  throw new AppError("usage", "what is to become of the old keys?", {
    hint: "--keep-old if they are in nobody else's hands (a change that was planned, a key that was lost);\n--drop-old if one was stolen.",
  });
}

/** A recovery key may go beyond numbers that a thief has used. */
function nextSequence(tags: readonly string[], current: Keyring, signers: readonly Signer[]): number {
  const recovery = new Set(current.recovery.map(({ id }) => id));
  if (!signers.some(({ publicKey }) => recovery.has(publicKey.id))) return current.sequence + 1;
  const used = tags.flatMap((tag) => (/^trust-[1-9]\d{0,5}$/.test(tag) ? [Number(tag.slice("trust-".length))] : []));
  const next = Math.max(current.sequence, ...used) + 1;
  if (next <= MAX_SEQUENCE) return next;
  throw new AppError("bad-data", `there is a tag trust-${next - 1}, after which there is no number left`, {
    hint: "No statement of yours can be there: delete it from the registry, and what else a thief has put there.",
  });
}

interface MadeKeys {
  readonly keys: readonly PublicKey[];
  readonly files: readonly string[];
  readonly write: () => Promise<void>;
}

async function makeKeys(
  { new: given, out, "no-passphrase": unencrypted }: Values,
  { context, sequence }: { readonly context: CommandContext; readonly sequence: number },
): Promise<MadeKeys> {
  if (given !== undefined)
    return { keys: await openPublicKeys(given, context), files: [], write: async () => undefined };
  const base = out ?? `slipway-${sequence}`;
  const path = resolve(context.cwd, base);
  refuseExisting(path);
  const pair = generateKeyPair("ed25519", unencrypted === true ? undefined : await newPassphrase(context));
  return {
    keys: [parsePublicKey(pair.publicPem)],
    files: [`${base}.key`, `${base}.pub`],
    write: async () => await writeKeyPair(path, pair),
  };
}

function composeStatement({ id, next, signers }: { id: string; next: Keyring; signers: readonly Signer[] }) {
  const [first, ...others] = signers;
  if (first === undefined) throw new AppError("internal", "nobody signs");
  const issued = new Date().toISOString();
  const envelope = composeKeysStatement({ id, next, issued, signer: first });
  return others.reduce((signed, signer) => signEnvelope(signed, signer), envelope);
}

function distinct(keys: readonly PublicKey[]): PublicKey[] {
  return [...new Map(keys.map((key) => [key.id, key])).values()];
}

function readThreshold(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new AppError("usage", `not a number of keys: ${JSON.stringify(text)}`);
}
