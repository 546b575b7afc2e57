import { AppError } from "../errors.ts";
import { concurrencyOf, type CopyEvent, copyGraph } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { overlay } from "../oci/overlay.ts";
import { openSlots, settleAll } from "../oci/slots.ts";
import type { Storage } from "../oci/storage.ts";
import { deltasOf } from "../release/delta.ts";
import type { ReleaseFiles, ReleaseLayer } from "../release/readRelease.ts";
import type { UnpackOptions } from "../release/unpack.ts";
import type { UpdateContext, UpdateProgress } from "./context.ts";
import type { FoundRelease } from "./foundRelease.ts";
import type { HeldContents } from "./heldContents.ts";
import { Doubt, openPlainContents } from "./plainContents.ts";
import { planFetch, type Way } from "./planFetch.ts";

export interface LayersWanted {
  readonly release: FoundRelease;
  readonly files: ReleaseFiles;
  readonly held: HeldContents;
  /** Layers that have to come whole. */
  readonly doubted: ReadonlySet<Digest>;
  /** Where downloads go. */
  readonly blobs: Storage;
  /** For the progress that is shown. */
  readonly from: string | undefined;
  readonly critical: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Layers that can be unpacked without a network. */
export interface FetchedLayers extends Pick<UnpackOptions, "files" | "blobs"> {
  /** What they are made of, and lies in `blobs`. */
  readonly travelled: readonly Descriptor[];
}

interface Planned {
  readonly layer: ReleaseLayer;
  readonly way: Way;
  /** What has to come for it. */
  readonly traveller: Descriptor | undefined;
}

/**
 * Fetches what a release's layers are made of: a delta where content that is here leads to theirs, nothing where theirs
 * is here already, else the layer.
 *
 * @throws Doubt, also while contents are read: that layer then has to come whole.
 */
export async function fetchLayers(context: UpdateContext, wanted: LayersWanted): Promise<FetchedLayers> {
  const { files, held, doubted, release, blobs, from, critical } = wanted;
  const offers = { deltas: deltasOf(release.selected.manifest), sizeOf: held.sizeOf };
  const plan = files.layers.map((layer): Planned => {
    const way: Way = doubted.has(layer.descriptor.digest) ? { kind: "whole" } : planFetch(layer, offers);
    return { layer, way, traveller: travellerOf(layer, way) };
  });
  const travelled = plan.flatMap(({ traveller }) => traveller ?? []);
  context.progress.start({ from, to: release.version, layers: travelled, critical });
  await fetchDeltas(context, plan, wanted);
  await fetchWhole(context, plan, wanted);
  context.progress.finish();
  for (const { layer, way } of plan) logWay(context, layer, way);

  const contents = openPlainContents(held, blobs);
  const open = new Map<Descriptor, (signal: AbortSignal) => ReturnType<Storage["fetch"]>>();
  const layers = plan.map(({ layer, way }) => {
    if (way.kind === "whole") return layer;
    const { digest, mediaType, annotations = {} } = layer.descriptor;
    const descriptor: Descriptor = { mediaType, annotations, digest: way.plain.digest, size: way.plain.size };
    open.set(descriptor, (signal) => contents.open(digest, way, signal));
    return Object.assign({}, layer, { compression: "none" as const, descriptor });
  });
  return {
    files: { ...files, layers },
    blobs: { open: (layer, signal) => open.get(layer)?.(signal) ?? blobs.fetch(layer, { signal }) },
    travelled,
  };
}

function travellerOf({ descriptor }: ReleaseLayer, way: Way): Descriptor | undefined {
  if (way.kind === "here") return undefined;
  return way.kind === "delta" ? way.delta.descriptor : descriptor;
}

/** Side by side; one that cannot be had does not call the others off, which are wanted all the same. */
async function fetchDeltas(
  { progress }: UpdateContext,
  plan: readonly Planned[],
  { release, blobs, signal = new AbortController().signal }: LayersWanted,
): Promise<void> {
  const deltas = plan.flatMap(({ layer, way }) => (way.kind === "delta" ? { layer, delta: way.delta } : []));
  const fail = (error: unknown): never => {
    throw error;
  };
  const slot = openSlots(concurrencyOf(deltas.map(({ delta }) => delta.descriptor)), { signal, fail });
  await settleAll(
    deltas.map(async ({ layer, delta }) => {
      try {
        await slot(async () => await copyGraph(release.source, blobs, delta.descriptor, copying(progress, signal)));
      } catch (error) {
        signal.throwIfAborted();
        // Our own disk would not take the whole layer either.
        if (error instanceof AppError && (error.code === "io" || error.code === "cannot-create")) throw error;
        throw new Doubt(layer.descriptor.digest, error);
      }
    }),
  );
}

async function fetchWhole(
  { progress }: UpdateContext,
  plan: readonly Planned[],
  { release: { source, selected }, blobs, signal }: LayersWanted,
): Promise<void> {
  const layers = plan.flatMap(({ layer, way }) => (way.kind === "whole" ? [layer.descriptor] : []));
  if (layers.length === 0) return;
  await copyGraph(overlay(source, [selected]), blobs, selected.descriptor, {
    ...copying(progress, signal),
    selectChildren: () => layers,
  });
}

function copying(progress: UpdateProgress, signal: AbortSignal | undefined) {
  return {
    ...(signal === undefined ? {} : { signal }),
    onEvent(event: CopyEvent) {
      if (event.kind === "progress") progress.advance(event.descriptor, event.bytes);
      else if (event.kind !== "queued") progress.advance(event.descriptor, event.descriptor.size);
    },
  };
}

function logWay({ log }: UpdateContext, { descriptor }: ReleaseLayer, way: Way): void {
  const whole = descriptor.size;
  if (way.kind === "here") log("here-already", { content: way.plain.digest, bytes: 0, whole });
  if (way.kind !== "delta") return;
  const { from, to } = way.delta;
  log("delta", { from, to, bytes: way.delta.descriptor.size, whole });
}
