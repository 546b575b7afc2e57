import {
  type ArchiveLocation,
  formatArchiveLocation,
  onlyManifest,
  openArchiveLocation,
  parseArchiveLocation,
} from "../archive/location.ts";
import { AppError } from "../errors.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { formatReference, isTag, parseReference, type Reference } from "../oci/reference.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { labelOf } from "./reference.ts";
import type { RegistryClient } from "../registry/client.ts";

/** Where content is or goes: in a registry, or in files on this computer. */
export type Place =
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "archive"; readonly location: ArchiveLocation };

/** A place that is open for reading. */
export interface Source extends AsyncDisposable {
  readonly place: Place;
  readonly name: string;
  readonly storage: TaggedStorage;
  /** Bytes of a blob that nothing but its digest is known of. @throws AppError `not-found`. */
  blobSize(digest: Digest): Promise<number>;
  /** What the place stands for. @throws AppError `usage` when it names nothing and several are there. */
  root(): Promise<FetchedManifest>;
}

export const PLACES_HELP = `A place is HOST/NAME:TAG or HOST/NAME@DIGEST in a registry, oci:PATH[:TAG] for an OCI image layout
(a folder or a tar), oci-archive:FILE[:TAG], docker-archive:FILE, or simply FILE.tar.`;

/** Reads what people write, skopeo's \`docker://\` included. @throws AppError `usage`. */
export function parsePlace(text: string): Place {
  const location = parseArchiveLocation(text);
  if (location !== undefined) return { kind: "archive", location };
  return { kind: "registry", reference: parseReference(text.replace(/^docker:\/\//, "")) };
}

export function formatPlace(place: Place): string {
  return place.kind === "registry" ? formatReference(place.reference) : formatArchiveLocation(place.location);
}

/** The digest by which a place names something, if it does. */
export function digestOfPlace(place: Place): Digest | undefined {
  if (place.kind === "registry") return place.reference.digest;
  const { reference } = place.location;
  return reference !== undefined && isDigest(reference) ? reference : undefined;
}

/** The digests' grammar alone would take a name and a tag for one. */
function isDigest(text: string): text is Digest {
  return /^sha(256|512):/.test(text) && digestProblem(text) === undefined;
}

/** The tag by which a place names something, if it does. */
export function tagOfPlace(place: Place): string | undefined {
  if (place.kind === "registry") return place.reference.tag;
  const { reference } = place.location;
  return reference !== undefined && isTag(reference) ? reference : undefined;
}

export async function openSource(
  place: Place,
  { network, cwd }: { readonly network: RegistryClient; readonly cwd: string },
): Promise<Source> {
  const name = formatPlace(place);
  if (place.kind === "registry") {
    const { reference } = place;
    const storage = network.repository(reference);
    return {
      place,
      name,
      storage,
      blobSize: async (digest) => await storage.blobSize(digest),
      root: async () => await storage.fetchManifest(labelOf(reference)),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const storage = await openArchiveLocation(place.location, { cwd });
  return {
    place,
    name,
    storage,
    async blobSize(digest) {
      const size = await storage.blobSize(digest);
      if (size !== undefined) return size;
      throw new AppError("not-found", `${name} does not hold ${digest}`, {
        hint: "See what it holds: slipway inspect",
      });
    },
    async root() {
      const { reference } = place.location;
      return await storage.fetchManifest(reference ?? (await onlyManifest(storage, place.location)).digest);
    },
    [Symbol.asyncDispose]: async () => await storage[Symbol.asyncDispose](),
  };
}
