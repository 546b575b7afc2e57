import { ENTRYPOINT, EXECUTABLE, TITLE, UNCOMPRESSED_SIZE } from "../../oci/annotations.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type ImageManifest, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { isStoredAsManifest } from "../../oci/mediaTypes.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { deltasOf } from "../../release/delta.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { formatDeltas, sumDeltas } from "../deltas/describeDeltas.ts";
import { formatBytes } from "../../format.ts";
import { describePlatform } from "../listFiles.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { openSource, parsePlace, PLACES_HELP } from "../place.ts";

const OPTIONS = { ...NETWORK_OPTIONS, json: { type: "boolean" } } as const;

export const inspect: Command = {
  name: "inspect",
  summary: "show what a reference holds: platforms, files, digests",
  options: OPTIONS,
  help: `Usage: slipway inspect REFERENCE

Shows a release as a tree: its platforms, their files, sizes, annotations and digests.

${PLACES_HELP}

  --json                print JSON
${NETWORK_HELP}

Example:
  slipway inspect ghcr.io/example/app:1.2.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const place = parsePlace(onlyArgument(positionals, "a reference"));
    await using network = await openNetwork(context, values);
    await using source = await openSource(place, { network, cwd: context.cwd });
    const root = await readNode(source.storage, await source.root());
    if (values.json === true) printJson(context, { reference: source.name, ...root });
    else context.out(`${source.name}\n${formatNode(root, "").join("\n")}\n`);
  },
};

interface Node {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly children: readonly Node[];
}

// An index in an index in an index: no honest one is deeper.
const MAX_DEPTH = 3;

async function readNode(storage: TaggedStorage, { descriptor, bytes }: FetchedManifest, depth = 0): Promise<Node> {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === "image" || depth >= MAX_DEPTH) return { descriptor, manifest, children: [] };
  const readable = manifest.manifests.filter(({ mediaType }) => isStoredAsManifest(mediaType));
  const children = await Promise.all(
    readable.map(
      async (child) =>
        await readNode(storage, { ...(await storage.fetchManifest(child.digest)), descriptor: child }, depth + 1),
    ),
  );
  return { descriptor, manifest, children };
}

function formatNode({ descriptor, manifest, children }: Node, indent: string): string[] {
  const { platform } = descriptor;
  const name = platform === undefined ? (manifest.kind === "index" ? "index" : "manifest") : describePlatform(platform);
  const lines = [`${indent}${name}  ${descriptor.digest}`];
  const inner = `${indent}  `;
  const type = manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : manifest.mediaType);
  lines.push(`${inner}type ${type}`);
  for (const [key, value] of Object.entries(manifest.annotations ?? {})) lines.push(`${inner}${key} = ${value}`);
  if (manifest.kind === "image") lines.push(...formatLayers(manifest).map((line) => `${inner}- ${line}`));
  for (const child of children) lines.push(...formatNode(child, inner));
  return lines;
}

function formatLayers({ layers, annotations }: ImageManifest): string[] {
  const deltas = new Set(deltasOf({ layers }).map(({ descriptor }) => descriptor));
  const others = layers.filter((layer) => !deltas.has(layer));
  return [...others.map((layer) => formatLayer(layer, annotations?.[ENTRYPOINT])), ...formatDeltas(sumDeltas(layers))];
}

function formatLayer(
  { annotations = {}, digest, mediaType, size }: Descriptor,
  entrypoint: string | undefined,
): string {
  const title = annotations[TITLE] ?? `(${mediaType})`;
  const plain = annotations[UNCOMPRESSED_SIZE];
  const sizes =
    plain === undefined ? formatBytes(size) : `${formatBytes(size)}, unpacked ${formatBytes(Number(plain))}`;
  const marks = [
    ...(annotations[EXECUTABLE] === "true" ? ["executable"] : []),
    ...(title === entrypoint ? ["starts"] : []),
  ];
  return `${title}  ${sizes}${marks.length === 0 ? "" : `  [${marks.join(", ")}]`}  ${digest}`;
}
