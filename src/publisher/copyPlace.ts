import { resolve } from "node:path";
import { createLayoutArchive } from "../archive/layoutArchive.ts";
import { openLayout } from "../archive/layout.ts";
import type { ArchiveLocation } from "../archive/location.ts";
import { writeDockerArchive } from "../archive/dockerArchive.ts";
import { AppError } from "../errors.ts";
import { copyGraph, type CopyEvent } from "../oci/copy.ts";
import type { Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { isSchema1Type } from "../oci/mediaTypes.ts";
import type { FetchedManifest, Storage } from "../oci/storage.ts";
import type { RegistryClient } from "../registry/client.ts";
import { chooseManifest, type PlatformWish } from "./chooseManifest.ts";
import { openSchema1Image, SCHEMA1_WARNING } from "./schema1Image.ts";
import { formatPlace, openSource, type Place, type Source, tagOfPlace, digestOfPlace } from "./place.ts";

export interface CopyPlaceOptions {
  readonly network: RegistryClient;
  readonly cwd: string;
  /** The whole of an index is copied unless a platform is asked for, or the destination holds only one. */
  readonly wish: PlatformWish;
  /** Whether a file that exists may be replaced. */
  readonly replace: boolean;
  readonly concurrency: number | undefined;
  readonly onEvent: (event: CopyEvent) => void;
  readonly warn: (text: string) => void;
}

export interface CopyResult {
  readonly source: string;
  readonly destination: string;
  readonly digest: Digest;
  /** Bytes that travelled; what was there is not sent again. */
  readonly sent: number;
}

/** Copies what the source stands for, with all that it refers to. */
export async function copyPlace(from: Place, to: Place, options: CopyPlaceOptions): Promise<CopyResult> {
  await using source = await openSource(from, options);
  const { root, storage } = await selectRoot(source, to, options);
  let sent = 0;
  const onEvent = (event: CopyEvent): void => {
    if (event.kind === "done") sent += event.descriptor.size;
    if (event.kind === "foreign")
      options.warn(`${event.descriptor.digest} lies at ${event.descriptor.urls?.[0]}, and is not copied`);
    options.onEvent(event);
  };
  const destination = await send({ source, storage, root, to, options: { ...options, onEvent } });
  return { source: source.name, destination, digest: root.descriptor.digest, sent };
}

interface Selected {
  readonly root: FetchedManifest;
  readonly storage: Storage;
}

async function selectRoot(source: Source, to: Place, options: CopyPlaceOptions): Promise<Selected> {
  const { storage } = source;
  const root = await selectManifest(source, to, options);
  // In a registry it would have to stay what it is, and no tool of today takes that.
  if (!isSchema1Type(root.descriptor.mediaType) || to.kind === "registry") return { root, storage };
  options.warn(SCHEMA1_WARNING);
  return await openSchema1Image(source, root, { diffIds: true });
}

async function selectManifest(source: Source, to: Place, { wish }: CopyPlaceOptions): Promise<FetchedManifest> {
  const root = await source.root();
  const asked = wish.platform !== undefined || wish.osVersion !== undefined;
  if (to.kind === "archive" && to.location.kind === "docker-archive") {
    // Images are made for Linux, whatever the computer is that fetches them.
    const own = asked ? wish.own : { ...wish.own, os: "linux" };
    return await chooseManifest(source.storage, root, { ...wish, own });
  }
  return asked ? await chooseManifest(source.storage, root, wish) : root;
}

interface Sending extends Selected {
  readonly source: Source;
  readonly to: Place;
  readonly options: CopyPlaceOptions;
}

/** @returns the destination as it is to be named from now on. */
async function send({ source, storage, root, to, options }: Sending): Promise<string> {
  if (to.kind === "archive") return await sendToArchive({ source, storage, root, options }, to.location);
  const reference: Reference =
    to.reference.tag === undefined && to.reference.digest === undefined ? withTag(to.reference, source) : to.reference;
  if (reference.digest !== undefined) refuseOtherDigest(reference.digest, source, root);
  const { place } = source;
  const mountFrom =
    place.kind === "registry" && place.reference.host === reference.host ? place.reference.name : undefined;
  await copyGraph(storage, options.network.repository(reference), root.descriptor, {
    tag: reference.tag,
    mountFrom,
    ...copyOptions(options),
  });
  return formatReference(reference);
}

function refuseOtherDigest(wanted: Digest, source: Source, { descriptor }: FetchedManifest): void {
  if (wanted === descriptor.digest) return;
  throw new AppError("usage", `${source.name} is ${descriptor.digest}, which cannot become ${wanted}`, {
    hint: "Give the destination a tag instead of a digest.",
  });
}

async function sendToArchive(
  { source, storage, root, options }: Omit<Sending, "to">,
  location: ArchiveLocation,
): Promise<string> {
  const path = resolve(options.cwd, location.path);
  const named = digestOfPlace({ kind: "archive", location });
  if (named !== undefined) refuseOtherDigest(named, source, root);
  const tag = named === undefined ? (location.reference ?? tagOfPlace(source.place)) : undefined;
  const { replace } = options;
  if (location.kind === "docker-archive") {
    const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
    if (manifest.kind !== "image") throw new AppError("internal", "an index was chosen for a docker archive");
    const names = location.reference === undefined ? namesOf(source) : [location.reference];
    await writeDockerArchive(path, {
      source: storage,
      root: root.descriptor,
      manifest,
      names,
      replace,
      ...copyOptions(options),
    });
  } else if (location.kind === "oci" && !location.path.endsWith(".tar")) {
    await copyGraph(storage, await openLayout(path), root.descriptor, {
      tag,
      ...copyOptions(options),
    });
  } else {
    await using archive = await createLayoutArchive(path, { replace });
    await copyGraph(storage, archive, root.descriptor, { tag, ...copyOptions(options) });
    await archive.finish();
  }
  return formatPlace({ kind: "archive", location });
}

function copyOptions({ concurrency, onEvent }: CopyPlaceOptions) {
  return { onEvent, concurrency };
}

function withTag(reference: Reference, source: Source): Reference {
  const tag = tagOfPlace(source.place);
  return tag === undefined ? reference : { ...reference, tag };
}

/** What `docker load` will call the image. */
function namesOf({ place }: Source): string[] {
  return place.kind === "registry" && place.reference.tag !== undefined
    ? [formatReference({ host: place.reference.host, name: place.reference.name, tag: place.reference.tag })]
    : [];
}
