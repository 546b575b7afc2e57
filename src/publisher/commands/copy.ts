import { AppError } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { type Command, noMoreArguments, printJson, readArguments } from "../command.ts";
import { copyPlace } from "../copyPlace.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork, refuseSharedLogin } from "../network.ts";
import { ownPlatform } from "../ownPlatform.ts";
import { parsePlace, PLACES_HELP } from "../place.ts";
import { readConcurrency, TRANSFER_HELP, TRANSFER_OPTIONS } from "../transferOptions.ts";
import { showTransfer } from "../transferProgress.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...TRANSFER_OPTIONS,
  platform: { type: "string" },
  "os-version": { type: "string" },
  force: { type: "boolean" },
} as const;

export const copy: Command = {
  name: "copy",
  summary: "copy between registries, image layouts and archives",
  options: OPTIONS,
  help: `Usage: slipway copy SOURCE DESTINATION [--platform OS/ARCH]

Copies a release, an image or any artifact with all that belongs to it; digests stay what they are.

${PLACES_HELP}
A destination in a registry without a tag gets the source's tag.

  --platform OS/ARCH    only this platform's manifest instead of the whole index
  --os-version VERSION  with --platform: which of several
  --force               replace a file that exists
${TRANSFER_HELP}
${NETWORK_HELP}

Examples:
  slipway copy ghcr.io/example/app:1.2.0 registry.corp/example/app
  slipway copy ghcr.io/example/app:1.2.0 app.tar      # here; there:
  slipway copy app.tar registry.corp/example/app:1.2.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const [from, to, ...more] = positionals;
    if (from === undefined || to === undefined)
      throw new AppError("usage", `the ${from === undefined ? "source" : "destination"} is missing`, {
        hint: "Write: slipway copy SOURCE DESTINATION. See --help.",
      });
    noMoreArguments(more, "a source and a destination");
    const concurrency = readConcurrency(values);
    const [source, destination] = [parsePlace(from), parsePlace(to)];
    refuseSharedLogin(values, [source, destination]);
    await using network = await openNetwork(context, values);
    using progress = showTransfer(context, "copying");
    const result = await copyPlace(source, destination, {
      network,
      cwd: context.cwd,
      wish: { platform: values.platform, osVersion: values["os-version"], own: ownPlatform() },
      replace: values.force ?? false,
      concurrency,
      onEvent: progress.onEvent,
      warn: (text) => context.note(`warning: ${text}\n`),
    });
    if (values.json === true) return printJson(context, result);
    context.out(
      `copied ${result.source} to ${result.destination}, ${formatBytes(result.sent)} sent\n  ${result.digest}\n`,
    );
  },
};
