import { AppError } from "../errors.ts";
import { ENTRYPOINT, EXECUTABLE, ORAS_UNPACK, TITLE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import { algorithmOf, shortDigest } from "../oci/digest.ts";
import { commandPaths, type ImageConfig, isImageConfigType } from "../oci/imageConfig.ts";
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
  /** Where an image's own program may be, when nobody named one: relative paths in the order of search. */
  readonly commands: readonly string[];
}

export interface ReadOptions {
  /** What installer.json says, for releases that do not say it themselves. */
  readonly entrypoint?: string | undefined;
  /** Of an image: see {@link isPlainImage}. */
  readonly config?: ImageConfig | undefined;
  /** Whether an archive that its publisher gave a name, as Homebrew does, is content to unpack, or a file. */
  readonly archives?: "unpack" | "keep";
  /** Whether layers that nobody named are refused, or become files that are named after their digest. */
  readonly untitled?: "refuse" | "name";
}

// Only archives, and only for what says so: others say "tar" of a file that is to stay one.
const TAR = /(?:[./+-]tar(?:[.+]|$)|\.rootfs\.)/;

/** Whether the manifest is of an image, whose layers lie over each other and whose config names what to start. */
export function isPlainImage({ config, layers }: ImageManifest): boolean {
  return isImageConfigType(config.mediaType) && layers.every(isUntitled);
}

/** @throws AppError `bad-data` when nothing in it is a file of a program. */
export function readRelease(manifest: ImageManifest, options: ReadOptions = {}): ReleaseFiles {
  const { annotations = {} } = manifest;
  const layers = selectReader(manifest, options);
  if (layers.length === 0) {
    throw new AppError("bad-data", "the release holds no files: none of its layers has a title", {
      remedy: { kind: "publish-release" },
    });
  }
  return {
    layers,
    entrypoint: annotations[ENTRYPOINT] ?? options.entrypoint,
    commands: options.config === undefined ? [] : commandPaths(options.config),
  };
}

function selectReader(manifest: ImageManifest, options: ReadOptions): ReleaseLayer[] {
  if (isPlainImage(manifest)) return manifest.layers.map(readImageLayer);
  if (manifest.layers.every(isUntitled))
    return options.untitled === "name" ? manifest.layers.map(readUntitledLayer) : [];
  const bottle = options.archives !== "keep" && isBottle(manifest);
  return manifest.layers.flatMap((layer) => readArtifactLayer(layer, bottle));
}

function isUntitled({ annotations }: Descriptor): boolean {
  return annotations?.[TITLE] === undefined;
}

/** A package of Homebrew's: an archive under the name of a file. */
function isBottle({ annotations = {} }: ImageManifest): boolean {
  return (
    Object.keys(annotations).some((key) => key.startsWith("sh.brew.")) ||
    annotations["com.github.package.type"] === "homebrew_bottle"
  );
}

function readUntitledLayer(descriptor: Descriptor): ReleaseLayer {
  const path = untitledName(descriptor);
  return { kind: "file", descriptor, compression: "none", path, executable: false };
}

/** `sha256-0123456789ab.tar.gz`: by digest and media type. */
export function untitledName({ digest, mediaType }: Descriptor): string {
  const [, kind = "bin"] = /[/.+-](json|wasm|txt|yaml|pdf|png|html)(?:[.+]|$)/.exec(mediaType) ?? [];
  const plain = TAR.test(mediaType) ? ".tar" : compressionOf(mediaType) === "none" ? `.${kind}` : "";
  return `${algorithmOf(digest)}-${shortDigest(digest)}${plain}${SUFFIXES[compressionOf(mediaType)]}`;
}

const SUFFIXES: Readonly<Record<Compression, string>> = { zstd: ".zst", gzip: ".gz", none: "" };

function readImageLayer(descriptor: Descriptor): ReleaseLayer {
  return { kind: "archive", descriptor, compression: compressionOf(descriptor.mediaType), whiteouts: true };
}

/** Layers without a title are not files of the program: deltas, and what others may add. */
function readArtifactLayer(descriptor: Descriptor, bottle: boolean): ReleaseLayer[] {
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
  if (TAR.test(mediaType) && compression !== "none" && (bottle || !looksLikeArchiveName(title))) {
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
