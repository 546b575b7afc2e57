import { AppError } from "../errors.ts";
import { ENTRYPOINT, EXECUTABLE, ORAS_UNPACK, TITLE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import { OCI_IMAGE_CONFIG } from "../oci/mediaTypes.ts";
import { type Compression, compressionOf } from "./compression.ts";

/** One layer that holds content of the program. */
export type ReleaseLayer =
  | {
      readonly kind: "file";
      readonly descriptor: Descriptor;
      readonly compression: Compression;
      /** Relative path with "/", not yet checked. */
      readonly path: string;
      readonly executable: boolean;
    }
  | {
      readonly kind: "archive";
      readonly descriptor: Descriptor;
      readonly compression: Compression;
      /** An image's layers are laid over each other: later ones may delete (image-spec layer.md "Whiteouts"). */
      readonly whiteouts: boolean;
    };

/** What a platform manifest, ours or foreign, says about the program's files. */
export interface ReleaseFiles {
  readonly layers: readonly ReleaseLayer[];
  /** Relative path of the program to start, not yet checked; found out from the files when undefined. */
  readonly entrypoint: string | undefined;
}

const DOCKER_IMAGE_CONFIG = "application/vnd.docker.container.image.v1+json";
const TAR = /(?:[./+-]tar(?:[.+]|$)|\.rootfs\.)/;

/**
 * @param options.entrypoint what installer.json says, for releases that do not say it themselves.
 * @throws AppError `bad-data` when nothing in it is a file of a program.
 */
export function readRelease(
  manifest: ImageManifest,
  options: { readonly entrypoint?: string | undefined } = {},
): ReleaseFiles {
  const untitled = manifest.layers.every(({ annotations }) => annotations?.[TITLE] === undefined);
  const isImage = manifest.config.mediaType === OCI_IMAGE_CONFIG || manifest.config.mediaType === DOCKER_IMAGE_CONFIG;
  const layers = isImage && untitled ? manifest.layers.map(readImageLayer) : manifest.layers.flatMap(readArtifactLayer);
  if (layers.length === 0) {
    throw new AppError("bad-data", "the release holds no files: none of its layers has a title", {
      hint: "Publish the program with: slipway push",
    });
  }
  return { layers, entrypoint: manifest.annotations?.[ENTRYPOINT] ?? options.entrypoint };
}

function readImageLayer(descriptor: Descriptor): ReleaseLayer {
  return { kind: "archive", descriptor, compression: compressionOf(descriptor.mediaType), whiteouts: true };
}

/** Layers without a title are not files of the program: deltas, and what others may add. */
function readArtifactLayer(descriptor: Descriptor): ReleaseLayer[] {
  const { mediaType, annotations } = descriptor;
  const title = annotations?.[TITLE];
  if (title === undefined) return [];
  if (annotations?.[ORAS_UNPACK] === "true") {
    // oras calls every directory's layer a tar+gzip, whatever media type it was given.
    const compression = compressionOf(mediaType);
    return [
      { kind: "archive", descriptor, compression: compression === "none" ? "gzip" : compression, whiteouts: false },
    ];
  }
  const compression = compressionOf(mediaType);
  if (TAR.test(mediaType) && compression !== "none" && !looksLikeArchiveName(title)) {
    return [{ kind: "archive", descriptor, compression, whiteouts: false }];
  }
  // Others say "+gzip" of files that are gzip themselves: only what Slipway compressed is to be unpacked.
  const ours = mediaType.startsWith("application/vnd.slipway.");
  return [
    {
      kind: "file",
      descriptor,
      compression: ours ? compression : "none",
      path: title,
      executable: annotations?.[EXECUTABLE] === "true",
    },
  ];
}

function looksLikeArchiveName(title: string): boolean {
  return /\.(tar|tgz|tar\.gz|tar\.zst|tzst)$/i.test(title);
}
