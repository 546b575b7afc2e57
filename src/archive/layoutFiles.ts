import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { type Descriptor, descriptorSchema } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, encodedOf } from "../oci/digest.ts";
import { OCI_INDEX } from "../oci/mediaTypes.ts";
import { parseJsonAs } from "../oci/parse.ts";
import { contentOf } from "../oci/storage.ts";
import { writeBeside } from "./writeBeside.ts";

/** Files of an image layout: image-spec image-layout.md. */
export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
export const BLOBS = "blobs";
const LAYOUT_VERSION = "1.0.0";

const layoutSchema = v.object({ imageLayoutVersion: v.string() });
const indexSchema = v.object({ manifests: v.array(descriptorSchema) });

export function blobPath(directory: string, digest: Digest): string {
  return join(directory, BLOBS, algorithmOf(digest), encodedOf(digest));
}

/** Reads what index.json lists; undefined when there is no layout. @throws AppError `bad-data` that names the file. */
export async function readLayoutIndex(directory: string): Promise<Descriptor[] | undefined> {
  const marker = join(directory, LAYOUT_FILE);
  const path = join(directory, INDEX_FILE);
  const layout = await readOptional(marker);
  const index = await readOptional(path);
  if (layout === undefined) {
    // createLayout writes an empty index first. One with entries is somebody's content, and is not written over.
    if (index !== undefined && parseIndex(index, path).length > 0) throw missing(marker);
    return undefined;
  }
  parseMarker(layout, marker);
  if (index === undefined) throw missing(path);
  return parseIndex(index, path);
}

export function parseIndex(bytes: Uint8Array, path: string): Descriptor[] {
  return parseJsonAs(indexSchema, bytes, path).manifests;
}

/** @throws AppError `bad-data` unless it is a version that we know. */
export function parseMarker(bytes: Uint8Array, path: string): void {
  const { imageLayoutVersion } = parseJsonAs(layoutSchema, bytes, path);
  if (!imageLayoutVersion.startsWith("1."))
    throw new AppError("bad-data", `${path}: expected image layout version 1, got ${imageLayoutVersion}`);
}

export async function writeLayoutIndex(directory: string, manifests: readonly Descriptor[]): Promise<void> {
  await writeBeside(join(directory, INDEX_FILE), contentOf(encodeIndex(manifests))(0));
}

export function encodeIndex(manifests: readonly Descriptor[]): Uint8Array {
  return encode({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

export function encodeMarker(): Uint8Array {
  return encode({ imageLayoutVersion: LAYOUT_VERSION });
}

/** Makes an empty layout. The layout file comes last: without it there is none. */
export async function createLayout(directory: string): Promise<void> {
  await writeLayoutIndex(directory, []);
  await writeBeside(join(directory, LAYOUT_FILE), contentOf(encodeMarker())(0));
}

function missing(path: string): AppError {
  return new AppError("bad-data", `${path} is missing: the image layout is damaged`, {
    hint: "Put the file back from a copy, or copy the content anew into an empty folder.",
  });
}

async function readOptional(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw diskError(error, path);
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
