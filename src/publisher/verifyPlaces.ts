import { AppError } from "../errors.ts";
import { TITLE } from "../oci/annotations.ts";
import { copyGraph, type CopyEvent } from "../oci/copy.ts";
import type { Digest } from "../oci/digest.ts";
import { notFound, type Storage, verifyBytes } from "../oci/storage.ts";
import type { RegistryClient } from "../registry/client.ts";
import { listFiles } from "./listFiles.ts";
import { formatPlace, openSource, type Place } from "./place.ts";

export interface VerifyOptions {
  readonly network: RegistryClient;
  readonly cwd: string;
  readonly concurrency: number | undefined;
  readonly onEvent: (event: CopyEvent) => void;
}

/** What one place has, every byte of it fetched and checked against its digest. */
export interface Verified {
  readonly place: string;
  readonly digest: Digest | undefined;
  /** Bytes that were fetched and are what their digests say. */
  readonly bytes: number;
  /** Each file by platform and name. */
  readonly files: readonly { readonly name: string; readonly digest: Digest }[];
  /** Why the place gave nothing, or something that is not what its digest says. */
  readonly problem: AppError | undefined;
}

export interface Comparison {
  readonly places: readonly Verified[];
  /** What most places have, or the first of them when there is no majority. */
  readonly digest: Digest | undefined;
  readonly different: readonly Verified[];
  readonly failed: readonly Verified[];
  /** Files that are not the same everywhere, with the digest at each place in order. */
  readonly differences: readonly { readonly name: string; readonly digests: readonly (Digest | undefined)[] }[];
}

/** Fetches everything through each place in turn, and keeps nothing of it. */
export async function verifyPlaces(places: readonly Place[], options: VerifyOptions): Promise<Comparison> {
  const verified: Verified[] = [];
  for (const place of places) verified.push(await verifyPlace(place, options));
  return comparePlaces(verified);
}

/** Which places agree, and which do not. */
export function comparePlaces(places: readonly Verified[]): Comparison {
  const counts = new Map<Digest, number>();
  for (const { digest } of places) if (digest !== undefined) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const [majority] = [...counts].sort(([, a], [, b]) => b - a);
  const digest = majority?.[0];
  const names = [...new Set(places.flatMap(({ files }) => files.map(({ name }) => name)))];
  const answered = places.filter((place) => place.digest !== undefined);
  return {
    places,
    digest,
    different: answered.filter((place) => place.digest !== digest),
    failed: places.filter(({ problem }) => problem !== undefined),
    differences: names.flatMap((name) => {
      const digests = places.map(({ files }) => files.find((file) => file.name === name)?.digest);
      const distinct = new Set(answered.map((place) => digests[places.indexOf(place)]));
      return distinct.size > 1 ? [{ name, digests }] : [];
    }),
  };
}

async function verifyPlace(place: Place, { concurrency, onEvent, ...options }: VerifyOptions): Promise<Verified> {
  const name = formatPlace(place);
  let found: Pick<Verified, "digest" | "files"> = { digest: undefined, files: [] };
  let bytes = 0;
  try {
    await using source = await openSource(place, options);
    const root = await source.root();
    const files = await listFiles(source.storage, root);
    found = {
      digest: root.descriptor.digest,
      files: files.map(({ platform, layer }) => ({
        name: [platform, layer.annotations?.[TITLE] ?? layer.digest].filter((part) => part !== undefined).join(" "),
        digest: layer.digest,
      })),
    };
    await copyGraph(source.storage, NOWHERE, root.descriptor, {
      concurrency,
      onEvent: (event) => {
        if (event.kind === "done") bytes += event.descriptor.size;
        onEvent(event);
      },
    });
    return { place: name, ...found, bytes, problem: undefined };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { place: name, ...found, bytes, problem: error };
  }
}

/** Takes everything, checks it, and keeps nothing. */
const NOWHERE: Storage = {
  has: async () => false,
  async *fetch({ digest }) {
    yield* [];
    throw notFound(digest);
  },
  async push(expected, content) {
    for await (const chunk of verifyBytes(content(0), expected)) void chunk;
  },
};
