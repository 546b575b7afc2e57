import { AppError } from "../../errors.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { formatPlatform, parsePlatform, selectPlatform } from "../../oci/platform.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { type Command, printJson, readArguments } from "../command.ts";
import { readReferenceArgument } from "../reference.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  platform: { type: "string" },
  json: { type: "boolean" },
} as const;

export const manifest: Command = {
  name: "manifest",
  summary: "print a manifest's exact bytes",
  options: OPTIONS,
  help: `Usage: slipway manifest REFERENCE [--platform OS/ARCH]

Prints the bytes as the registry has them on standard output, and their digest on standard error.

  --platform OS/ARCH    of an index: the manifest for this platform
  --json                print descriptor and manifest as JSON
${NETWORK_HELP}

Example:
  slipway manifest ghcr.io/example/app:1.2.0 --platform linux/amd64
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const { reference, label } = readReferenceArgument(positionals);
    await using network = await openNetwork(context, values);
    const storage = network.repository(reference);
    const root = await storage.fetchManifest(label);
    const { descriptor, bytes } = values.platform === undefined ? root : await descend(storage, root, values.platform);
    if (values.json === true) {
      return printJson(context, { ...descriptor, manifest: JSON.parse(new TextDecoder().decode(bytes)) as unknown });
    }
    context.out(bytes);
    context.note(`${context.interactive ? "\n" : ""}${descriptor.digest}\n`);
  },
};

async function descend(storage: TaggedStorage, root: FetchedManifest, wanted: string): Promise<FetchedManifest> {
  const platform = parsePlatform(wanted);
  const parsed = parseManifest(root.bytes, root.descriptor.mediaType);
  if (parsed.kind === "image") {
    throw new AppError("usage", "this is a single manifest, which has no platforms", { hint: "Leave --platform out." });
  }
  const found = selectPlatform(parsed.manifests, platform);
  if (found !== undefined) return await storage.fetchManifest(found.digest);
  const offered = parsed.manifests.flatMap((entry) =>
    entry.platform === undefined ? [] : [formatPlatform(entry.platform)],
  );
  throw new AppError("not-found", `there is nothing for ${wanted}`, { hint: `There is: ${offered.join(", ")}.` });
}
