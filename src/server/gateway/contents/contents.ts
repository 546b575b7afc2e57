import { AppError } from "../../../errors.ts";
import { decompress } from "../../../decompress.ts";
import type { Descriptor } from "../../../oci/descriptor.ts";
import { type Bytes, verifyBytes } from "../../../oci/storage.ts";
import type { Compression } from "../../../release/compression.ts";
import { DiskRefused } from "./arrival.ts";
import { type Entries, type Held, openEntries } from "./entries.ts";
import { DamagedCopy } from "./entry.ts";
import { openKeptFiles } from "./keptFiles.ts";
import { cutPart, followPart, type Span } from "./part.ts";
import type { Shelf } from "../shelf.ts";
import { unlessSilent } from "./unlessSilent.ts";

/** What a visitor is to get, and how it is stored. */
export interface Wanted {
  /** The very bytes that travel. */
  readonly content: Descriptor;
  /** What the registry has, and what has to be undone to have those bytes. */
  readonly stored: { readonly blob: Descriptor; readonly compression: Compression };
}

/** Content that is kept on disk or arrives there. */
export interface Contents extends AsyncDisposable {
  /** Files that are kept, and their bytes: those on their way included. */
  readonly kept: { readonly files: number; readonly bytes: number };

  /** Whether content of so many bytes would be kept now, so that parts of it can be had. */
  keeps(size: number): boolean;

  /**
   * Takes hold of content, of which nothing need have arrived yet. An abort ends this visitor's part alone.
   * @throws AppError `bad-data` for content that cannot be checked.
   */
  open(wanted: Wanted, signal: AbortSignal): Promise<OpenContent>;

  /** The address at which a stranger gets the blob straight from the registry, where there is one. */
  linkTo(blob: Descriptor, signal: AbortSignal): Promise<URL | undefined>;
}

export interface OpenContent extends AsyncDisposable {
  /** Whether parts can be read. Otherwise it comes straight from the registry, and whole. */
  readonly seekable: boolean;

  /**
   * A chunk may be used until the next one is asked for. The last one is held back until all of the content is known to
   * be right. @throws AppError `bad-data`, `not-found`, `unavailable` when it is not, or does not arrive.
   */
  read(part: Span): Bytes;
}

export interface ContentsOptions {
  /** Is made when it is not there. One process at a time. */
  readonly directory: string;
  /** Bytes on disk, at most. */
  readonly limit: number;
  readonly shelf: Pick<Shelf, "fetch" | "linkTo">;
  /** Milliseconds after which a registry that sends nothing is given up. Default two minutes, in which it is tried again. */
  readonly silence?: number;
  readonly onTrouble: (trouble: Trouble) => void;
}

const SILENCE_MS = 120_000;

/** What whoever runs the gateway has to know of. */
export type Trouble =
  /** The registry sent something else than was published, or the disk has lost it. Nobody got the whole of it. */
  | {
      readonly kind: "mismatch";
      readonly where: "registry" | "disk";
      readonly blob: Descriptor;
      readonly error: AppError;
    }
  /** Nothing can be kept: every visitor is served straight from the registry. Told once, until it works again. */
  | { readonly kind: "disk"; readonly error: unknown };

/**
 * Keeps what was fetched, under its digest and over restarts. The first visitor starts one fetch, all follow the file as
 * it grows, and the fetch ends when nobody does any more, unless most of it is there.
 */
export async function openContents(options: ContentsOptions): Promise<Contents> {
  const { shelf, silence = SILENCE_MS } = options;
  const files = openKeptFiles(options.directory);
  const entries: Entries = await openEntries({ ...options, files, fetch: fetchTold });

  function fetchBlob(blob: Descriptor, signal: AbortSignal): Bytes {
    return unlessSilent((either) => shelf.fetch(blob, either), { silence, signal });
  }

  /** The bytes that travel, from the registry or out of what is kept already. */
  async function* fetch({ content, stored }: Wanted, signal: AbortSignal): Bytes {
    const { blob, compression } = stored;
    if (compression === "none") return yield* fetchBlob(blob, signal);
    await using kept = entries.isWhole(blob) ? await entries.hold(asStored(blob), signal) : undefined;
    const compressed =
      kept === undefined ? fetchBlob(blob, signal) : readHeld(kept, { start: 0, end: blob.size }, signal);
    yield* verifyBytes(decompress(compressed, compression), content);
  }

  function openStraight(wanted: Wanted, signal: AbortSignal): OpenContent {
    return {
      seekable: false,
      read: (span) => cutPart(fetchTold(wanted, signal), span),
      async [Symbol.asyncDispose]() {},
    };
  }

  async function* fetchTold(wanted: Wanted, signal: AbortSignal): Bytes {
    try {
      yield* fetch(wanted, signal);
    } catch (error) {
      const { blob } = wanted.stored;
      // Damage of the disk was told of where it was found.
      if (error instanceof AppError && error.code === "bad-data" && !(error instanceof DamagedCopy))
        options.onTrouble({ kind: "mismatch", where: "registry", blob, error });
      throw error;
    }
  }

  /** Falls back to the registry when the disk has no room for the rest: the content is as good as before. */
  async function* readOn(held: Held, wanted: Wanted, { span, signal }: { span: Span; signal: AbortSignal }): Bytes {
    let { start } = span;
    try {
      for await (const chunk of readHeld(held, span, signal)) {
        start += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      if (!(error instanceof DiskRefused)) throw error;
      yield* openStraight(wanted, signal).read({ start, end: span.end });
    }
  }

  return {
    get kept() {
      return entries.kept;
    },
    keeps: (size) => entries.keeps(size),
    linkTo: async (blob, signal) => await shelf.linkTo?.(blob, signal),

    async open(wanted, signal) {
      const held = await entries.hold(wanted, signal);
      if (held === undefined) return openStraight(wanted, signal);
      return {
        seekable: true,
        read: (span) => readOn(held, wanted, { span, signal }),
        [Symbol.asyncDispose]: async () => await held[Symbol.asyncDispose](),
      };
    },

    [Symbol.asyncDispose]: async () => await entries[Symbol.asyncDispose](),
  };
}

async function* readHeld(held: Held, span: Span, signal: AbortSignal): Bytes {
  try {
    yield* followPart(held, span, signal);
  } catch (error) {
    throw held.judge(error);
  }
}

function asStored(blob: Descriptor): Wanted {
  return { content: blob, stored: { blob, compression: "none" } };
}
