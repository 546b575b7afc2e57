import { AppError } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { encodedOf } from "../../oci/digest.ts";
import { formatReference } from "../../oci/reference.ts";
import { openLinkProbe } from "../../registry/probe.ts";
import { type Command, printJson, readArguments } from "../command.ts";
import { type FileLink, findLinks } from "../links.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork, strangerOptions } from "../network.ts";
import { readReferenceArgument } from "../reference.ts";

const OPTIONS = { ...NETWORK_OPTIONS, json: { type: "boolean" } } as const;

export const link: Command = {
  name: "link",
  summary: "print download links, and try each as a stranger",
  options: OPTIONS,
  help: `Usage: slipway link HOST/NAME:TAG

Prints for every platform's files the address, size and sha256, and a line for curl. Each address is tried without
any login, as the person will who gets it: you see whether it works, and if not, why.

A release that is to be downloaded by a plain link is best pushed with --compression none.

  --json                print JSON
${NETWORK_HELP}

Example:
  slipway link ghcr.io/example/app:1.2.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const { reference, label } = readReferenceArgument(positionals);
    await using network = await openNetwork(context, values);
    const storage = network.repository(reference);
    await using probe = openLinkProbe(strangerOptions(context, values));
    const root = await storage.fetchManifest(label);
    const links = await findLinks(storage, root, { probe, repository: reference });
    if (values.json === true) printJson(context, { reference: formatReference(reference), files: links.map(plain) });
    else context.out(`${links.map(describeLink).join("\n")}\n`);
    const lost = links.filter(({ command }) => command === undefined);
    if (lost.length > 0) {
      const [first] = lost;
      const error =
        first?.answer.kind === "refused" || first?.answer.kind === "failed" ? first.answer.error : undefined;
      throw new AppError("not-allowed", `${lost.length} of ${links.length} files cannot be downloaded by a stranger`, {
        hint: error?.hint,
        remedy: error?.remedy,
        cause: error,
      });
    }
  },
};

function describeLink(file: FileLink): string {
  const digest = encodedOf(file.digest);
  const lines = [
    `${file.platform === undefined ? "" : `${file.platform}  `}${file.name}  ${formatBytes(file.size)}`,
    `  ${file.url}`,
    `  sha256 ${digest}`,
    ...(file.compression === "none" || file.fileDigest === undefined
      ? []
      : [`  ${file.compression} compressed; the file itself has sha256 ${file.fileDigest.replace(/^sha256:/, "")}`]),
    `  ${describeAnswer(file)}`,
    ...(file.command === undefined ? [] : [`  ${file.command}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function describeAnswer({ answer }: FileLink): string {
  switch (answer.kind) {
    case "open":
      return `works for anybody${answer.storage === undefined ? "" : ` (comes from ${answer.storage})`}`;
    case "token":
      return "is public, but not as a plain link: this registry wants a token, which this line fetches first";
    case "refused":
      return `does not work for strangers: ${answer.error.message}`;
    case "failed":
      return `does not work: ${answer.error.message}`;
  }
}

function plain({ answer, ...file }: FileLink) {
  return {
    ...file,
    stranger: answer.kind,
    ...(answer.kind === "token" ? { tokenUrl: answer.tokenUrl.href } : {}),
    ...(answer.kind === "refused" || answer.kind === "failed" ? { reason: answer.error.message } : {}),
  };
}
