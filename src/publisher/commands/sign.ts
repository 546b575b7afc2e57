import { AppError } from "../../errors.ts";
import { formatReference, formatRepository, parseReference, parseRepository } from "../../oci/reference.ts";
import { contentOf } from "../../oci/storage.ts";
import { tagOfVersion } from "../../release/versionTag.ts";
import { shortKey } from "../../trust/publicKey.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { readInstallerFor } from "../installerFile.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { warningsOf } from "../releaseWarnings.ts";
import { KEY_HELP, KEY_OPTIONS, requireSigningKeys } from "../signingKeys.ts";
import { pushCosignSignatures, readReleaseTag, signIndex } from "../signRelease.ts";
import { currentKeys, refuseStrangers } from "../trust.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...KEY_OPTIONS,
  id: { type: "string" },
  cosign: { type: "boolean" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

export const sign: Command = {
  name: "sign",
  summary: "sign a release that is published",
  options: OPTIONS,
  help: `Usage: slipway sign HOST/NAME:VERSION --key FILE...
       slipway sign VERSION --key FILE...            (repository from installer.json)

Writes a signature into the release's index, over the program's id, the version and every platform's manifest. It
needs no other tag and no service, and goes along wherever the release is copied. What is signed already keeps its
signatures; the index has another digest afterwards, its programs have not.

${KEY_HELP}
  --id ID               the program's id; default: installer.json's
  --cosign              sign for cosign too, under the tag where "cosign verify --key" looks
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Examples:
  slipway sign 1.2.0 --key slipway.key
  slipway sign ghcr.io/example/app:1.2.0 --key env://SIGNING_KEY --cosign
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const text = onlyArgument(positionals, "a release");
    const given = text.includes("/") ? parseReference(text) : undefined;
    const installer = await readInstallerFor(given, { context, config: values.config });
    const id = values.id ?? installer?.id;
    if (id === undefined)
      throw new AppError("usage", "whose release is it? No installer.json here is about that repository", {
        hint: "Name the program's id: --id com.example.app",
      });
    const reference = given ?? {
      ...parseRepository(installer?.repository ?? ""),
      tag: text.startsWith("launcher-") ? text : tagOfVersion(text.replace(/^v(?=\d)/, "")),
    };
    const { tag } = reference;
    if (tag === undefined || reference.digest !== undefined)
      throw new AppError("usage", `${text} names no tag`, { hint: "Write HOST/NAME:VERSION." });
    const { kind, version } = readReleaseTag(tag);
    const signers = await requireSigningKeys(values.key, context);
    await using network = await openNetwork(context, values);
    const target = network.repository(reference);
    const keyring = installer === undefined ? undefined : await currentKeys(installer, target, await target.tags());
    refuseStrangers(signers, keyring);
    const root = await target.fetchManifest(tag);
    const created = new Date().toISOString();
    const signed = signIndex(root, signers, { id, kind, version, created, trusted: keyring?.keys });
    const changed = signed.descriptor.digest !== root.descriptor.digest;
    if (changed) await target.push(signed.descriptor, contentOf(signed.bytes), { tag });
    const cosign =
      values.cosign === true ? await pushCosignSignatures(target, signed, { reference, signers }) : undefined;
    const keys = signers.map(({ publicKey }) => publicKey.id);
    const warnings = await warningsOf({ target, installer, reference, kind, version, root: signed });
    for (const warning of warnings) context.note(`warning: ${warning}\n`);
    const { digest } = signed.descriptor;
    if (values.json === true)
      return printJson(context, { reference: formatReference(reference), digest, id, version, keys, changed, cosign });
    const what = changed ? "signed" : "was signed already";
    context.out(
      `${changed ? `${what} ${formatReference(reference)}` : `${formatReference(reference)} ${what}`} by ${keys.map(shortKey).join(", ")}, as ${id} ${version}\n  ${digest}\n`,
    );
    if (cosign !== undefined) context.out(`  for cosign: ${formatRepository(reference)}:${cosign}\n`);
  },
};
