import { existsSync } from "node:fs";
import { basename, isAbsolute, normalize, resolve, sep } from "node:path";
import { AppError } from "../errors.ts";
import { CREATED, TITLE } from "../oci/annotations.ts";
import { concurrencyOf } from "../oci/copy.ts";
import { isMediaType } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Reference } from "../oci/reference.ts";
import { composeArtifactManifest } from "../release/compose.ts";
import { packDirectory, type Packed, packFile } from "../release/pack.ts";
import { versionOfTag } from "../release/versionTag.ts";
import type { PushTarget } from "./pushRelease.ts";
import { openPublication, openStaging, packAll, type Published, refuseSameTitles, statGiven } from "./staging.ts";

export interface ArtifactRequest {
  /** With the tag that the artifact gets. */
  readonly reference: Reference;
  readonly files: readonly ArtifactFile[];
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string | undefined;
  /** Whether a version's tag may be taken from other content; any other tag may. */
  readonly force: boolean;
}

export interface ArtifactFile {
  /** As it was given. */
  readonly path: string;
  readonly mediaType: string | undefined;
}

export interface ArtifactResult extends Published {
  readonly artifactType: string;
  readonly files: readonly {
    readonly title: string;
    readonly mediaType: string;
    readonly digest: Digest;
    readonly bytes: number;
  }[];
}

/** What oras calls an artifact that does not say what it is: image-spec manifest.md demands a type. */
export const UNKNOWN_ARTIFACT = "application/vnd.unknown.artifact.v1";
const PLAIN_FILE = "application/octet-stream";

/** Publishes files as they are, and folders as tar+gzip, in one manifest that belongs to no platform. */
export async function pushArtifact(
  request: ArtifactRequest,
  { target, cwd, onEvent, ...options }: PushTarget,
): Promise<ArtifactResult> {
  await using staging = await openStaging();
  const { workDirectory } = staging;
  const inputs = request.files.map((file) => look(file, cwd));
  refuseSameTitles(inputs.map(({ title }) => title));
  const concurrency = options.concurrency ?? concurrencyOf(inputs);
  const { reference } = request;
  const publication = await openPublication(staging, {
    target,
    reference,
    concurrency,
    onEvent: (event) => event.kind !== "queued" && onEvent(event),
  });
  // All of it, before the first is on its way: a bar whose end moves away tells nothing.
  for (const { folder, size } of inputs) if (!folder) onEvent({ kind: "queued", size });
  const seen = new Set<Digest>();
  const layers = await packAll(inputs, concurrency + PACKED_AHEAD, async (input) => {
    const packed = await packInput(input, workDirectory);
    const layer = staging.addPacked(packed);
    if (input.folder) onEvent({ kind: "queued", size: layer.size });
    if (seen.has(layer.digest)) onEvent({ kind: "exists", descriptor: layer });
    seen.add(layer.digest);
    // While the next is packed, and while its bytes are at hand.
    await publication.send(layer);
    packed.release();
    return layer;
  });
  const manifest = composeArtifactManifest({
    layers,
    artifactType: request.artifactType,
    annotations: { ...(request.created === undefined ? {} : { [CREATED]: request.created }), ...request.annotations },
  });
  staging.addManifest(manifest.config);
  staging.addManifest(manifest);
  onEvent({ kind: "queued", size: manifest.config.descriptor.size });
  const replace = request.force || versionOfTag(reference.tag ?? "") === undefined;
  const published = await publication.finish(manifest.descriptor, { replace });
  const files = layers.map(({ annotations, mediaType, digest, size }) => ({
    title: annotations?.[TITLE] ?? "",
    mediaType,
    digest,
    bytes: size,
  }));
  return { ...published, artifactType: request.artifactType, files };
}

// While as many as may travel do so, the next are made ready.
const PACKED_AHEAD = 2;

interface Input {
  readonly path: string;
  readonly title: string;
  readonly mediaType: string | undefined;
  readonly folder: boolean;
  readonly size: number;
}

function look({ path, mediaType }: ArtifactFile, cwd: string): Input {
  const absolute = resolve(cwd, path);
  const stats = statGiven(absolute, "to push");
  return { path: absolute, title: titleOf(path), mediaType, folder: stats.isDirectory(), size: stats.size };
}

async function packInput({ path, title, mediaType, folder }: Input, workDirectory: string): Promise<Packed> {
  const pack = { compression: "none", workDirectory, title } as const;
  if (folder) return await packDirectory(path, { ...pack, ...(mediaType === undefined ? {} : { mediaType }) });
  return await packFile(path, { ...pack, mediaType: mediaType ?? PLAIN_FILE, hold: true });
}

/** Reads `FILE[:MEDIATYPE]`, as oras does; a file whose own name looks like that is a file. */
export function parseArtifactFile(text: string, cwd: string): ArtifactFile {
  const colon = text.lastIndexOf(":", text.lastIndexOf("/"));
  const mediaType = text.slice(colon + 1);
  if (colon < 1 || !isMediaType(mediaType) || existsSync(resolve(cwd, text)))
    return { path: text, mediaType: undefined };
  return { path: text.slice(0, colon), mediaType };
}

/** @throws AppError `usage`. */
export function parseArtifactType(text: string): string {
  if (isMediaType(text)) return text;
  throw new AppError("usage", `not an artifact type: ${JSON.stringify(text)}`, {
    hint: "Write a media type, for example application/vnd.example.data.v1 or image/svg+xml.",
  });
}

/** The path as it was given, so that pulling puts the file at the same place; but never out of a folder. */
function titleOf(path: string): string {
  const inside = normalize(path).split(sep).join("/").replace(/\/+$/, "");
  return isAbsolute(path) || inside === "." || inside.split("/").includes("..") ? basename(resolve(path)) : inside;
}
