import { AppError } from "../../errors.ts";
import { TITLE } from "../../oci/annotations.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { APP_DELTA } from "../../oci/mediaTypes.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { TaggedStorage } from "../../oci/storage.ts";
import type { Packed } from "../../release/pack.ts";
import { type PlatformManifest, readPlatformManifests } from "../../release/platformManifests.ts";
import type { Candidate } from "../../release/resolve.ts";
import type { AttachTarget, PackedProgram } from "../pushRelease.ts";
import { chooseBases } from "./chooseBases.ts";
import { packDeltas } from "./packDeltas.ts";
import { type Base, LEAST_BYTES, planDeltas } from "./planDeltas.ts";

export interface DeltaWishes {
  readonly version: string;
  /** From how many releases. */
  readonly count: number;
  /** Told why there is none of something, in a sentence. */
  readonly onNote: (sentence: string) => void;
  readonly onProgress: (done: number, all: number) => void;
}

/**
 * Deltas that lead to each program's files, as layers without a title. That there are none is no failure.
 *
 * A version that is published with the same files keeps the deltas that it has: else the same content would be another
 * release as soon as there are other releases to start from.
 */
export async function attachDeltas(
  programs: readonly PackedProgram[],
  { target, before, force, source, workDirectory }: AttachTarget,
  wishes: DeltaWishes,
): Promise<readonly (readonly Packed[])[]> {
  const none = programs.map(() => []);
  // Nor has the same been published with any.
  if (!programs.some(({ layers }) => layers.some(({ size }) => size >= LEAST_BYTES))) return none;
  if (before !== undefined && !force) {
    const published = await readManifests(target, before.digest);
    if (!(published instanceof AppError)) return keptDeltas(programs, published, target) ?? none;
    // Whoever cannot look must not say that it is something else.
    if (published.code !== "not-found" && published.code !== "bad-data") throw published;
    return none;
  }
  if (wishes.count === 0) return none;
  const bases = await readBases(programs, target, wishes);
  const { deltas, platforms, tooLarge } = planDeltas(
    programs.map(({ layers, layer, entrypoint }, position) => ({
      layers,
      program: layer.annotations?.[TITLE] === entrypoint ? entrypoint : undefined,
      bases: bases[position] ?? [],
    })),
  );
  for (const title of tooLarge) wishes.onNote(`no deltas of ${title}: it is too large for them`);
  if (deltas.length === 0) return none;
  const { onNote, onProgress } = wishes;
  const packed = await packDeltas(deltas, { published: target, staged: source, workDirectory, onNote, onProgress });
  const made = new Map(deltas.map((delta, position) => [delta, packed[position]]));
  return platforms.map((own) => own.flatMap((delta) => made.get(delta) ?? []));
}

/** Undefined unless what is published has the very same files: others are about to be refused. */
function keptDeltas(
  programs: readonly PackedProgram[],
  published: readonly PlatformManifest[],
  target: TaggedStorage,
): Packed[][] | undefined {
  if (published.length !== programs.length) return undefined;
  const kept = programs.map((program) => {
    const there = findPlatform(published, program)?.manifest.layers ?? [];
    const files = there.filter(({ annotations }) => annotations?.[TITLE] !== undefined);
    if (!areSameFiles(files, program.layers)) return undefined;
    return there.filter(({ mediaType }) => mediaType === APP_DELTA).map((layer) => atTarget(layer, target));
  });
  return kept.every((layers) => layers !== undefined) ? kept : undefined;
}

function atTarget(descriptor: Descriptor, target: TaggedStorage): Packed {
  return { descriptor, content: (offset) => target.fetch(descriptor, { offset }), release: () => undefined };
}

function areSameFiles(files: readonly Descriptor[], layers: readonly Descriptor[]): boolean {
  return (
    files.length === layers.length &&
    files.every(
      ({ digest, annotations }, position) =>
        digest === layers[position]?.digest && annotations?.[TITLE] === layers[position]?.annotations?.[TITLE],
    )
  );
}

// Besides those that are wanted: releases for one platform alone, or that are gone.
const LOOKS_MORE = 5;

/** For each program the releases that have its platform, the newest first. */
async function readBases(
  programs: readonly PackedProgram[],
  target: TaggedStorage,
  { version, count, onNote }: DeltaWishes,
): Promise<Base[][]> {
  const bases = programs.map((): Base[] => []);
  for (const candidate of (await listBases(target, version, onNote)).slice(0, count + LOOKS_MORE)) {
    const lacking = programs.filter((_, position) => (bases[position]?.length ?? 0) < count);
    if (lacking.length === 0) break;
    const manifests = await readManifests(target, candidate.tag);
    if (manifests instanceof AppError) {
      onNote(`no deltas from ${candidate.version}: ${manifests.message}`);
      continue;
    }
    for (const program of lacking) {
      const found = findPlatform(manifests, program);
      if (found === undefined)
        onNote(`no delta from ${candidate.version} for ${formatPlatform(program.platform)}: it has none`);
      else bases[programs.indexOf(program)]?.push({ version: candidate.version, manifest: found.manifest });
    }
  }
  return bases;
}

async function listBases(target: TaggedStorage, version: string, onNote: DeltaWishes["onNote"]): Promise<Candidate[]> {
  try {
    return chooseBases(await target.tags(), version);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Where nobody has pushed anything, there is nothing to start from.
    if (error.code !== "not-found") onNote(`no deltas: the registry does not say what is published (${error.message})`);
    return [];
  }
}

async function readManifests(target: TaggedStorage, reference: string): Promise<PlatformManifest[] | AppError> {
  try {
    return await readPlatformManifests(target, await target.fetchManifest(reference));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function findPlatform(
  manifests: readonly PlatformManifest[],
  { platform }: PackedProgram,
): PlatformManifest | undefined {
  return manifests.find(
    (other) => other.platform !== undefined && formatPlatform(other.platform) === formatPlatform(platform),
  );
}
