import { CODE_SIGNED, ROLE, TITLE, UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { codingOf } from "./coding.ts";
import { type Compression, compressionOf } from "./compression.ts";
import { type Download, formatPlatformPath } from "./download.ts";
import type { PlatformManifest } from "./platformManifests.ts";
import { isPlainImage, type ReleaseLayer, readRelease, untitledName } from "./readRelease.ts";
import { splitSafePath } from "./safePath.ts";

/**
 * What visitors may download of a release: each platform's files, as they are saved. Folders stay the archives in which
 * they were published, and an image's layers are nobody's file.
 */
export function readDownloads(
  manifests: readonly PlatformManifest[],
  { tag, kind }: Pick<Download, "tag" | "kind">,
): Download[] {
  return manifests.flatMap(({ platform, manifest }) => {
    if (isPlainImage(manifest)) return [];
    const codings = manifest.layers.filter((layer) => codingOf(layer) !== undefined);
    return readLayers(manifest).map((layer) => {
      const { descriptor } = layer;
      const plain = plainOf(layer);
      const { digest, size, compression } = plain;
      return {
        platform,
        tag,
        kind,
        fileName: nameOf(layer, `${tag}${platform === undefined ? "" : `-${formatPlatformPath(platform)}`}`),
        size,
        digest,
        stored: { blob: blobOf(descriptor), compression },
        codings: [
          // Whoever takes zstd takes what was published so.
          ...(compression === "none" ? [] : [{ coding: compression, blob: blobOf(descriptor) } as const]),
          ...codings.flatMap((blob) => {
            const coding = codingOf(blob);
            const isOfThis = blob.annotations?.[UNCOMPRESSED_DIGEST] === digest;
            return coding === undefined || !isOfThis ? [] : [{ coding, blob: blobOf(blob) }];
          }),
        ],
        codeSigned: descriptor.annotations?.[CODE_SIGNED] === "true",
      };
    });
  });
}

/** The layer with a role that a manifest has, the first of them. */
export function findRole(manifests: readonly PlatformManifest[], role: string): Descriptor | undefined {
  for (const { manifest } of manifests) {
    const found = manifest.layers.find(({ annotations }) => annotations?.[ROLE] === role);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readLayers(manifest: PlatformManifest["manifest"]): readonly ReleaseLayer[] {
  try {
    return readRelease(manifest, { archives: "keep" }).layers;
  } catch (error) {
    // Nothing in it is a file.
    if (error instanceof AppError && error.code === "bad-data") return [];
    throw error;
  }
}

interface Plain {
  readonly digest: Digest;
  readonly size: number;
  readonly compression: Compression;
}

/** The file itself, where its layer says enough of it to check what comes out; otherwise the layer as it is. */
function plainOf({ kind, descriptor, compression }: ReleaseLayer): Plain {
  const { digest, size, annotations } = descriptor;
  const [plainDigest, plainSize] = [annotations?.[UNCOMPRESSED_DIGEST], annotations?.[UNCOMPRESSED_SIZE]];
  const isKnown =
    plainDigest !== undefined &&
    digestProblem(plainDigest) === undefined &&
    plainSize !== undefined &&
    /^\d{1,15}$/.test(plainSize);
  if (kind === "archive" || compression === "none" || !isKnown) return { digest, size, compression: "none" };
  return { digest: plainDigest as Digest, size: Number(plainSize), compression };
}

/** What travels, without what is said about it. */
function blobOf({ mediaType, digest, size, annotations }: Descriptor): Descriptor {
  const kept = [UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE].flatMap((key) => {
    const value = annotations?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { mediaType, digest, size, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) };
}

const ARCHIVE_SUFFIXES: Readonly<Record<Compression, string>> = { zstd: ".tar.zst", gzip: ".tar.gz", none: ".tar" };

/** A title is a stranger's word: one that no system takes for a file's name is not used. */
function nameOf({ kind, descriptor }: ReleaseLayer, folderName: string): string {
  const title = descriptor.annotations?.[TITLE] ?? "";
  const suffix = ARCHIVE_SUFFIXES[compressionOf(descriptor.mediaType)];
  try {
    const last = splitSafePath(title, "win32").at(-1);
    if (last !== undefined) return kind === "archive" ? `${last}${suffix}` : last;
    return kind === "archive" ? `${folderName}${suffix}` : untitledName(descriptor);
  } catch (error) {
    if (error instanceof AppError) return untitledName(descriptor);
    throw error;
  }
}
