import { ENTRYPOINT, TITLE } from "../../oci/annotations.ts";
import { type Descriptor, EMPTY_DESCRIPTOR } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageManifest } from "../../oci/manifest.ts";
import { OCI_MANIFEST } from "../../oci/mediaTypes.ts";
import { type Plain, plainOf } from "../../release/delta.ts";
import { readRelease, type ReleaseLayer } from "../../release/readRelease.ts";

/** A platform's files as they are to be published, and the releases that people may have of it, the newest first. */
export interface PlatformFiles {
  readonly layers: readonly Descriptor[];
  /** Title of the program's layer, where it is a file. */
  readonly program: string | undefined;
  readonly bases: readonly Base[];
}

export interface Base {
  readonly version: string;
  readonly manifest: ImageManifest;
}

/** One end of a delta. */
export interface End extends Plain {
  readonly layer: ReleaseLayer;
}

export interface PlannedDelta {
  readonly from: End;
  readonly to: End;
  /** The newest release that it starts from. */
  readonly version: string;
}

export interface DeltaPlan {
  /** Each once, whatever platforms share it. */
  readonly deltas: readonly PlannedDelta[];
  /** Those of each platform, in the order of its manifest. */
  readonly platforms: readonly (readonly PlannedDelta[])[];
  /** Titles of what is too large. */
  readonly tooLarge: readonly string[];
}

/** What arrives in a round trip or two anyway. */
export const LEAST_BYTES = 16 * 1024;
/** Of content before compression. Making a delta takes ten times as much memory, and applying one twice as much. */
export const MOST_BYTES = 512 * 1024 ** 2;

/** From each file and folder of the bases to the one of the same name, where its content is another. */
export function planDeltas(platforms: readonly PlatformFiles[]): DeltaPlan {
  const deltas = new Map<string, PlannedDelta>();
  const tooLarge = new Set<string>();
  const own = platforms.map(({ layers, program, bases }) => {
    const keys = new Set<string>();
    for (const { version, manifest } of bases) {
      for (const to of readEnds(layers)) {
        const from = findBefore(to, { manifest, program });
        if (from === undefined || from.digest === to.digest || to.layer.descriptor.size < LEAST_BYTES) continue;
        if (Math.max(from.size, to.size) > MOST_BYTES) {
          tooLarge.add(titleOf(to));
          continue;
        }
        const key = keyOf(from.digest, to.digest);
        if (!deltas.has(key)) deltas.set(key, { from, to, version });
        keys.add(key);
      }
    }
    return keys;
  });
  return {
    deltas: [...deltas.values()],
    platforms: own.map((keys) => [...keys].flatMap((key) => deltas.get(key) ?? [])),
    tooLarge: [...tooLarge],
  };
}

function findBefore(
  to: End,
  { manifest, program }: { readonly manifest: ImageManifest; readonly program: string | undefined },
): End | undefined {
  const ends = readEnds(manifest.layers);
  const title = titleOf(to);
  const same = ends.find((end) => end.layer.kind === to.layer.kind && titleOf(end) === title);
  if (same !== undefined || title !== program) return same;
  // A program whose name has the version in it.
  const before = manifest.annotations?.[ENTRYPOINT];
  return ends.find((end) => end.layer.kind === "file" && titleOf(end) === before);
}

function readEnds(layers: readonly Descriptor[]): End[] {
  if (!layers.some(({ annotations }) => annotations?.[TITLE] !== undefined)) return [];
  const manifest: ImageManifest = {
    kind: "image",
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: EMPTY_DESCRIPTOR,
    layers: [...layers],
  };
  return readRelease(manifest).layers.flatMap((layer) => {
    const plain = plainOf(layer);
    return plain === undefined ? [] : [{ ...plain, layer }];
  });
}

function titleOf({ layer: { descriptor } }: End): string {
  return descriptor.annotations?.[TITLE] ?? "";
}

function keyOf(from: Digest, to: Digest): string {
  return `${from} ${to}`;
}
