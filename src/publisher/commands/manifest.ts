import { formatPlatform } from "../../oci/platform.ts";
import { chooseManifest } from "../chooseManifest.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { ownPlatform } from "../ownPlatform.ts";
import { openSource, parsePlace } from "../place.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  platform: { type: "string" },
  "os-version": { type: "string" },
  json: { type: "boolean" },
} as const;

export const manifest: Command = {
  name: "manifest",
  summary: "print a manifest's exact bytes",
  options: OPTIONS,
  help: `Usage: slipway manifest REFERENCE [--platform OS/ARCH]

Prints the bytes as the registry has them on standard output, and their digest on standard error.

  --platform OS/ARCH    of an index: the manifest for this platform; both digests are shown
  --os-version VERSION  which of several, for example "macOS 11"
  --json                print descriptor and manifest as JSON
${NETWORK_HELP}

Example:
  slipway manifest ghcr.io/example/app:1.2.0 --platform linux/amd64
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const place = parsePlace(onlyArgument(positionals, "a reference"));
    await using network = await openNetwork(context, values);
    await using source = await openSource(place, { network, cwd: context.cwd });
    const root = await source.root();
    const asked = values.platform !== undefined || values["os-version"] !== undefined;
    const wish = { platform: values.platform, osVersion: values["os-version"], own: ownPlatform() };
    const chosen = asked ? await chooseManifest(source.storage, root, wish) : { ...root, platform: undefined };
    const { bytes, descriptor, platform } = chosen;
    if (values.json === true) {
      const manifest = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
      return printJson(context, { ...descriptor, ...(asked ? { index: root.descriptor } : {}), manifest });
    }
    context.out(bytes);
    const lines = asked
      ? [
          `${root.descriptor.digest}  index`,
          `${descriptor.digest}  ${platform === undefined ? "" : formatPlatform(platform)}`,
        ]
      : [descriptor.digest];
    context.note(`${context.interactive ? "\n" : ""}${lines.join("\n")}\n`);
  },
};
