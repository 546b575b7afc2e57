import { resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { generateKeyPair } from "../../trust/privateKey.ts";
import { shortKey } from "../../trust/publicKey.ts";
import { type Command, noMoreArguments, printJson, readArguments } from "../command.ts";
import { changeInstaller, readInstallerIfPresent } from "../installerFile.ts";
import { newPassphrase, readKeyKind, refuseExisting, writeKeyPair } from "../keyFiles.ts";
import { PASSPHRASE_VARIABLE } from "../signingKeys.ts";

const OPTIONS = {
  out: { type: "string" },
  type: { type: "string" },
  config: { type: "string" },
  "no-passphrase": { type: "boolean" },
  "no-recovery": { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const keygen: Command = {
  name: "keygen",
  summary: "make the keys that releases are signed with",
  options: OPTIONS,
  help: `Usage: slipway keygen [--out NAME] [--type ed25519|ecdsa-p256]

Makes two key pairs: one that signs releases, and one for recovery, which lies offline until the first is lost or
stolen. The public halves go into installer.json, and launchers built from it accept nothing else.

  --out NAME            NAME.key, NAME.pub, NAME-recovery.key, NAME-recovery.pub; default slipway
  --type TYPE           ed25519 (default), or ecdsa-p256
  --config FILE         default installer.json; without one, the keys alone are made
  --no-passphrase       leave the private keys unencrypted, as a CI's secret may be
  --no-recovery         make the one key alone
  --json                print JSON

The passphrase is asked for, or taken from ${PASSPHRASE_VARIABLE}.

Example:
  slipway keygen
  slipway push 1.2.0 linux/amd64=out/app --sign-key slipway.key
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    noMoreArguments(positionals, "no argument");
    const kind = readKeyKind(values.type);
    const installer = await readInstallerIfPresent(context.cwd, values.config);
    if (installer === undefined && values.config !== undefined)
      throw new AppError("not-found", `there is no ${resolve(context.cwd, values.config)}`);
    if (installer?.trust !== undefined)
      throw new AppError("usage", "installer.json has keys already", {
        hint: "Launchers that are out there believe those. To replace them: slipway rotate",
      });
    const base = values.out ?? "slipway";
    const names = [base, ...(values["no-recovery"] === true ? [] : [`${base}-recovery`])];
    for (const name of names) refuseExisting(resolve(context.cwd, name));
    const passphrase = values["no-passphrase"] === true ? undefined : await newPassphrase(context);
    const pairs = [];
    for (const name of names) {
      const pair = generateKeyPair(kind, passphrase);
      pairs.push({ name, id: pair.id, publicPem: pair.publicPem });
      await writeKeyPair(resolve(context.cwd, name), pair);
    }
    const [signing, recovery] = pairs.map(({ publicPem }) => publicPem.trim());
    if (installer !== undefined && signing !== undefined) {
      const trust = { keys: [signing], threshold: 1, ...(recovery === undefined ? {} : { recovery: [recovery] }) };
      await changeInstaller(context.cwd, values.config, (content) => ({ ...content, trust }));
    }
    const keys = pairs.map(({ name, id }) => ({ id, private: `${name}.key`, public: `${name}.pub` }));
    if (values.json === true) return printJson(context, { keys, installer: installer !== undefined });
    context.out(
      [
        ...keys.map(({ id, private: file }, position) => {
          const purpose =
            position === 0 ? "signs releases" : "recovery: put it on paper or a stick, and away from here";
          return `${file}  ${shortKey(id)}  ${purpose}`;
        }),
        installer === undefined
          ? "There is no installer.json here: put the text of the .pub files into its trust.keys and trust.recovery."
          : "The public halves are in installer.json. Launchers that you build from now on accept only what is signed.",
        `Sign with: slipway push VERSION ... --sign-key ${base}.key`,
        "",
      ].join("\n"),
    );
  },
};
