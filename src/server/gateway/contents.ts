import type { AppError } from "../../errors.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Bytes } from "../../oci/storage.ts";
import type { Compression } from "../../release/compression.ts";
import type { Shelf } from "./shelf.ts";

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
   * @throws AppError `bad-data`, `not-found`, `unavailable`.
   */
  open(wanted: Wanted, signal: AbortSignal): Promise<OpenContent>;

  /** The address at which a stranger gets the blob straight from the registry, where there is one. */
  linkTo(blob: Descriptor, signal: AbortSignal): Promise<URL | undefined>;
}

export interface OpenContent extends AsyncDisposable {
  /** Whether parts can be read. Otherwise it comes straight from the registry, and whole. */
  readonly seekable: boolean;

  /**
   * The bytes from `start` up to `end`, without it. A chunk may be used until the next one is asked for. The last one is
   * held back until all of the content is known to be right. @throws AppError when it is not, or does not arrive.
   */
  read(part: { readonly start: number; readonly end: number }): Bytes;
}

export interface ContentsOptions {
  /** Is made when it is not there. One process at a time. */
  readonly directory: string;
  /** Bytes on disk, at most. */
  readonly limit: number;
  readonly shelf: Pick<Shelf, "fetch" | "linkTo">;
  readonly onTrouble: (trouble: Trouble) => void;
}

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

export async function openContents(options: ContentsOptions): Promise<Contents> {
  throw new Error(`not there yet: ${options.directory}`);
}
