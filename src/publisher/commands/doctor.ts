import type { Installer } from "../../config/installer.ts";
import { AppError } from "../../errors.ts";
import { formatReference, parseReference, parseRepository, type Reference } from "../../oci/reference.ts";
import { openRegistry } from "../../registry/client.ts";
import { openLinkProbe } from "../../registry/probe.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import { tagOfVersion } from "../../release/versionTag.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { diagnose } from "../doctor/diagnose.ts";
import type { Finding } from "../doctor/finding.ts";
import type { Patient } from "../doctor/patient.ts";
import { formatFinding, plainFinding, summarize, throwFailure } from "../doctor/report.ts";
import { signatureCheck } from "../doctor/signatures.ts";
import { readInstallerFor, readInstaller } from "../installerFile.ts";
import { openNetwork, REACH_HELP, REACH_OPTIONS, strangerOptions } from "../network.ts";

const OPTIONS = {
  ...REACH_OPTIONS,
  config: { type: "string" },
  quick: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const doctor: Command = {
  name: "doctor",
  summary: "try a release as a stranger would, and say what to mend",
  options: OPTIONS,
  help: `Usage: slipway doctor [HOST/NAME[:TAG]]

Walks the way of a stranger's computer to the program, without any login, and tells of each step: whether the package
is public, its tags are seen, everything is there, interrupted downloads go on, and what is published for a platform
is a program that its system starts. Below what is wrong stands what to do about it.

Without a tag it is the version that launchers take; without a name, what installer.json says. Every file is fetched
and verified, and nothing is kept. Warnings do not make it fail.

  --config FILE         default installer.json
  --quick               fetch no files: programs are not looked at
  --json                print JSON
${REACH_HELP}

Example:
  slipway doctor ghcr.io/example/app:1.2.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const [text, ...rest] = positionals;
    noMoreArguments(rest, "one reference");
    const { reference, installer } = await readSubject(text, context, values.config);
    const options = strangerOptions(context, values);
    await using network = openRegistry(options);
    await using login = await openNetwork(context, values);
    await using probe = openLinkProbe(options);
    const patient: Patient = {
      repository: { host: reference.host, name: reference.name },
      tag: reference.tag,
      digest: reference.digest,
      installer,
      network,
      stranger: network.repository(reference),
      probe,
      own: login.repository(reference),
      quick: values.quick ?? false,
      checkSignatures: signatureCheck(installer),
    };
    const findings: Finding[] = [];
    let name = formatReference(reference);
    const onChosen = (label: string): void => {
      if (label !== reference.digest) name = formatReference({ ...reference, tag: label });
    };
    for await (const finding of diagnose(patient, onChosen)) {
      findings.push(finding);
      // One after the other as they come: a large release takes its time.
      if (values.json !== true) context.out(formatFinding(finding));
    }
    if (values.json === true) printJson(context, { reference: name, checks: findings.map(plainFinding) });
    else if (findings.every(({ status }) => status !== "failed")) context.out(`\n${summarize(findings)}`);
    throwFailure(findings);
  },
};

interface Subject {
  readonly reference: Reference;
  readonly installer: Installer | undefined;
}

async function readSubject(
  text: string | undefined,
  context: CommandContext,
  config: string | undefined,
): Promise<Subject> {
  if (text !== undefined) {
    const reference = parseReference(text);
    if (reference.tag?.startsWith("launcher-") === true)
      throw new AppError("usage", `${reference.tag} is a launcher, and not the program`, {
        hint: `Launchers are looked at beside the program: slipway doctor ${reference.host}/${reference.name}`,
      });
    return { reference, installer: await readInstallerFor(reference, { context, config }) };
  }
  const installer = await readInstaller(context.cwd, config);
  if (installer.repository.startsWith("oci:"))
    throw new AppError("usage", `${installer.repository} is on a disk, where nobody is a stranger`, {
      hint: "Name what is published: slipway doctor HOST/NAME:TAG",
    });
  const request = parseVersionRequest(installer.version);
  return {
    reference: {
      ...parseRepository(installer.repository),
      ...(request.kind === "exact" ? { tag: tagOfVersion(request.version) } : {}),
      ...(request.kind === "digest" ? { digest: request.digest } : {}),
    },
    installer,
  };
}
