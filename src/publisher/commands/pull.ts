import { relative, resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { type Command, type CommandContext, onlyArgument, printJson, readArguments } from "../command.ts";
import { copyPlace } from "../copyPlace.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { ownPlatform } from "../ownPlatform.ts";
import { parsePlace, type Place, PLACES_HELP } from "../place.ts";
import { type Pulled, pullPlace } from "../pullPlace.ts";
import { readConcurrency, TRANSFER_HELP, TRANSFER_OPTIONS } from "../transferOptions.ts";
import { showTransfer } from "../transferProgress.ts";

const FORMATS = ["files", "oci-layout", "oci-archive", "docker-archive"] as const;

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...TRANSFER_OPTIONS,
  output: { type: "string", short: "o" },
  platform: { type: "string" },
  "os-version": { type: "string" },
  format: { type: "string" },
  force: { type: "boolean" },
} as const;

export const pull: Command = {
  name: "pull",
  summary: "download files, or an image as a layout or archive",
  options: OPTIONS,
  help: `Usage: slipway pull REFERENCE [-o PATH] [--platform OS/ARCH] [--format FORMAT]

Downloads the files of a release or of any other artifact or image, verified, and prints their sha256.
Of several platforms this computer's is taken, unless another is asked for.

  -o, --output PATH     the folder for the files, default the current one; with --format the folder or file to write
  --platform OS/ARCH    another platform, for example darwin/amd64
  --os-version VERSION  which of several, for example "macOS 11"
  --format FORMAT       files (default); docker-archive, a tar for docker load; oci-layout, a folder;
                        oci-archive, the same as a tar
  --force               replace files that are there with other content
${TRANSFER_HELP}
${NETWORK_HELP}

${PLACES_HELP}

Examples:
  slipway pull ghcr.io/example/app:1.2.0 -o app
  slipway pull docker.io/library/alpine:3.20 --format docker-archive -o alpine.tar
  slipway pull ghcr.io/homebrew/core/vim:9.0.1900 --platform darwin/amd64 --os-version "macOS 11"
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const source = parsePlace(onlyArgument(positionals, "a reference"));
    const format = parseFormat(values.format ?? "files");
    const concurrency = readConcurrency(values);
    await using network = await openNetwork(context, values);
    using progress = showTransfer(context, "pulling");
    const options = {
      network,
      cwd: context.cwd,
      wish: { platform: values.platform, osVersion: values["os-version"], own: ownPlatform() },
      replace: values.force ?? false,
      concurrency,
      onEvent: progress.onEvent,
      warn: (text: string) => context.note(`warning: ${text}\n`),
    };
    if (format === "files") {
      const directory = resolve(context.cwd, values.output ?? ".");
      const pulled = await pullPlace(source, { ...options, directory, platform: process.platform });
      progress[Symbol.dispose]();
      if (values.json === true) {
        const { unpacked, ...named } = pulled;
        return printJson(context, { ...named, ...unpacked, directory });
      }
      return context.out(describePulled(pulled, directory, context));
    }
    const result = await copyPlace(source, destinationOf(format, values.output), options);
    progress[Symbol.dispose]();
    if (values.json === true) return printJson(context, result);
    context.out(`pulled ${result.source} to ${result.destination}\n  ${result.digest}\n`);
  },
};

type Format = (typeof FORMATS)[number];

function parseFormat(text: string): Format {
  const found = FORMATS.find((format) => format === text);
  if (found !== undefined) return found;
  throw new AppError("usage", `not a format: ${JSON.stringify(text)}`, { hint: `Choose from: ${FORMATS.join(", ")}.` });
}

function destinationOf(format: Exclude<Format, "files">, output: string | undefined): Place {
  if (output === undefined)
    throw new AppError("usage", `--format ${format} needs a place to write to`, {
      hint: `Add -o ${format === "oci-layout" ? "DIR" : "FILE.tar"}.`,
    });
  return { kind: "archive", location: { kind: format === "oci-layout" ? "oci" : format, path: output } };
}

function describePulled(
  { source, digest, platform, unpacked: { layers, files, bytes } }: Pulled,
  directory: string,
  { cwd }: CommandContext,
): string {
  const where = relative(cwd, directory);
  const lines = layers.map((layer) =>
    layer.kind === "file"
      ? `  ${layer.path}  ${formatBytes(layer.size)}  ${layer.digest}`
      : `  ${layer.path === "." ? "layer" : `${layer.path}/`}  ${layer.files} files  ${layer.digest}`,
  );
  const total = layers.length === 1 ? "" : `  ${files} files, ${formatBytes(bytes)}\n`;
  const head = `pulled ${source}${platform === undefined ? "" : ` for ${platform}`}${where === "" ? "" : ` to ${where}`}`;
  return `${head}\n${lines.join("\n")}\n${total}  ${digest}\n`;
}
