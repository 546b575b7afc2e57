import { resolve } from "node:path";
import { AppError, withHint } from "../../errors.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Signer } from "../../trust/dsse.ts";
import { writeKeyring } from "../../trust/keyring.ts";
import { nextNumber, planKeys } from "../../trust/planKeys.ts";
import { generateKeyPair } from "../../trust/privateKey.ts";
import { type KeyKind, parsePublicKey, type PublicKey, shortKey } from "../../trust/publicKey.ts";
import { numbersOfKeys, tagOfKeys } from "../../update/findKeys.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { changeInstaller, readInstaller } from "../installerFile.ts";
import { newPassphrase, readKeyKind, refuseExisting, writeKeyPair } from "../keyFiles.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { KEY_HELP, KEY_OPTIONS, openPublicKeys, requireSigningKeys } from "../signingKeys.ts";
import { composeKeys } from "../publishKeys.ts";
import { currentKeys, tagsOf } from "../trust.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...KEY_OPTIONS,
  new: { type: "string", multiple: true },
  "new-recovery": { type: "string", multiple: true },
  "keep-old": { type: "boolean" },
  "drop-old": { type: "boolean" },
  threshold: { type: "string" },
  sequence: { type: "string" },
  type: { type: "string" },
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
are out there find it by themselves (tag trust-1, trust-2 ..., and trust-10000, trust-20000 ... of a recovery key);
installer.json gets the new keys for those to come.

  --keep-old            the old keys stay good beside the new one: what they have signed stays as it is
  --drop-old            they are good for nothing any more: for a key that was stolen
  --out NAME            make a new key pair: NAME.key, NAME.pub; default slipway-SEQUENCE
  --new FILE.pub        instead of making one, introduce these public keys; may be given again
  --new-recovery FILE.pub
                        replace the recovery keys too, which only a recovery key may sign
  --threshold NUMBER    how many keys have to sign from now on; default: as before
  --sequence NUMBER     of a recovery key's statement, where the one of an earlier recovery was lost: a higher multiple
                        of 10000 than it had
  --type TYPE           of the new key pair: ed25519, or ecdsa-p256; default: as the key that holds
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
    const sequence = nextNumber(current, {
      byRecovery: isSignedByOneOf(current.recovery, signers),
      used: numbersOfKeys(tags),
      asked: readNumber(values.sequence, "a number of a statement"),
    });
    const made = await makeKeys(values, { context, sequence, kind: readKeyKind(values.type ?? current.keys[0]?.kind) });
    const next = planKeys(current, {
      sequence,
      introduced: made.keys,
      keepOld,
      threshold: readNumber(values.threshold, "a number of keys"),
      recovery: await openPublicKeys(values["new-recovery"] ?? [], context),
    });
    const publication = composeKeys({ installer, target, current, next, signers });
    await made.write();
    await publication.publish().catch((error: unknown) => {
      throw made.files.length === 0
        ? error
        : withHint(error, `The new keys are there. Next time: --new ${made.files[1]}`);
    });
    const written = writeKeyring(next);
    const tag = tagOfKeys(sequence);
    await changeInstaller(context.cwd, values.config, (content) => ({
      ...content,
      trust: { ...(content["trust"] as Record<string, unknown>), ...written },
    })).catch((error: unknown) => {
      const keep = `${tag} is published, and holds. Put the same into "trust" of installer.json yourself:`;
      throw withHint(error, `${keep}\n${JSON.stringify(written, undefined, 2)}`);
    });
    const { keys, threshold } = next;
    const result = { sequence, tag, keys: keys.map(({ id }) => id), threshold, files: made.files };
    if (values.json === true) return printJson(context, result);
    context.out(
      [
        `${tag} says from now on: ${keys.map(({ id }) => shortKey(id)).join(", ")}, of which ${threshold} ${threshold === 1 ? "has" : "have"} to sign`,
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

function isSignedByOneOf(keys: readonly PublicKey[], signers: readonly Signer[]): boolean {
  return signers.some(({ publicKey }) => keys.some(({ id }) => id === publicKey.id));
}

interface MadeKeys {
  readonly keys: readonly PublicKey[];
  readonly files: readonly string[];
  readonly write: () => Promise<void>;
}

async function makeKeys(
  { new: given, out, "no-passphrase": unencrypted }: Values,
  { context, sequence, kind }: { readonly context: CommandContext; readonly sequence: number; readonly kind: KeyKind },
): Promise<MadeKeys> {
  if (given !== undefined)
    return { keys: await openPublicKeys(given, context), files: [], write: async () => undefined };
  const base = out ?? `slipway-${sequence}`;
  const path = resolve(context.cwd, base);
  refuseExisting(path);
  const pair = generateKeyPair(kind, unencrypted === true ? undefined : await newPassphrase(context));
  return {
    keys: [parsePublicKey(pair.publicPem)],
    files: [`${base}.key`, `${base}.pub`],
    write: async () => await writeKeyPair(path, pair),
  };
}

function readNumber(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new AppError("usage", `not ${what}: ${JSON.stringify(text)}`, { hint: "Write a whole number above 0." });
}
