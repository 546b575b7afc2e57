import { AppError } from "../../errors.ts";
import { algorithmOf } from "../../oci/digest.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { digestOfPlace, openSource, parsePlace } from "../place.ts";
import { showTransfer } from "../transferProgress.ts";

const OPTIONS = { ...NETWORK_OPTIONS, json: { type: "boolean" } } as const;

export const blob: Command = {
  name: "blob",
  summary: "print a blob's bytes, verified",
  options: OPTIONS,
  help: `Usage: slipway blob HOST/NAME@DIGEST

Prints the bytes of a blob (a layer, a config) on standard output, and verifies them on the way.

  --json                print size and address of the blob as JSON instead of its bytes
${NETWORK_HELP}

Example:
  slipway blob docker.io/library/alpine@sha256:df20fa93... > layer.tgz
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const place = parsePlace(onlyArgument(positionals, "a reference with a digest"));
    const digest = digestOfPlace(place);
    if (digest === undefined)
      throw new AppError("usage", "a blob is named by its digest", {
        hint: "Write HOST/NAME@sha256:... The digests are shown by: slipway inspect HOST/NAME:TAG",
      });
    await using network = await openNetwork(context, values);
    await using source = await openSource(place, { network, cwd: context.cwd });
    const size = await source.blobSize(digest).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "not-found") throw error;
      throw new AppError("not-found", error.message, {
        hint: `If it is a manifest's digest: slipway manifest ${source.name}\nWhat a reference holds is shown by: slipway inspect`,
        cause: error,
      });
    });
    if (values.json === true) return printJson(context, { digest, algorithm: algorithmOf(digest), size });
    if (context.toTerminal)
      throw new AppError("usage", `${size} bytes of a blob are nothing for a terminal`, {
        hint: "Write them to a file: slipway blob REFERENCE > FILE",
      });
    const descriptor = { mediaType: "application/octet-stream", digest, size };
    using progress = showTransfer(context, "fetching");
    progress.onEvent({ kind: "queued", size });
    await context.send(
      watched(source.storage.fetch(descriptor), (bytes) => progress.onEvent({ kind: "progress", descriptor, bytes })),
    );
  },
};

async function* watched(content: AsyncIterable<Uint8Array>, passed: (bytes: number) => void) {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    passed(bytes);
    yield chunk;
  }
}
