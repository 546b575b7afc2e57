import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { AppError } from "../errors.ts";
import { ICON_ROLE, NOTES_ROLE, ROLE } from "../oci/annotations.ts";
import { describe } from "../oci/descriptor.ts";
import { contentOf } from "../oci/storage.ts";
import { packCoding } from "../release/coding.ts";
import type { Coding } from "../release/download.ts";
import type { Packed } from "../release/pack.ts";
import { reading } from "../release/reading.ts";
import { packAll } from "./staging.ts";

/** A picture for download pages, as a layer without a title. @param png the file's bytes. */
export function packIcon(png: Uint8Array): Packed {
  return packBytes(png, { mediaType: "image/png", role: ICON_ROLE });
}

/** What is new in a release, as a layer without a title. @param markdown UTF-8. */
export function packNotes(markdown: Uint8Array): Packed {
  return packBytes(markdown, { mediaType: "text/markdown", role: NOTES_ROLE });
}

// A page shows them whole.
const MAX_NOTES_BYTES = 64 * 1024;

/** What is new in a release, from a file. @throws AppError `not-found`, `bad-data`. */
export async function readNotes(path: string): Promise<Uint8Array> {
  const bytes = await reading(path, async () => await readFile(path));
  if (bytes.byteLength <= MAX_NOTES_BYTES && isUtf8(bytes)) return bytes;
  throw new AppError("bad-data", `${path} is not a text in UTF-8 of ${MAX_NOTES_BYTES} bytes at most`, {
    hint: "Write what is new in this version, in Markdown; link to the rest.",
  });
}

function packBytes(
  bytes: Uint8Array,
  { mediaType, role }: { readonly mediaType: string; readonly role: string },
): Packed {
  return {
    descriptor: { ...describe(mediaType, bytes), annotations: { [ROLE]: role } },
    content: contentOf(bytes),
    release: () => undefined,
  };
}

// A coding that saves less is not worth its place in the registry.
const WORTH = 0.9;

// Each holds a window of some megabytes, and keeps a processor busy.
const COMPRESSORS_AT_ONCE = 4;

/** A launcher, and a coding that browsers may have it in. */
export interface WantedCoding {
  /** Absolute. */
  readonly path: string;
  readonly coding: Coding;
}

/** Compresses a few at a time. Undefined stands for what is not worth it. */
export async function packCodings(
  wanted: readonly WantedCoding[],
  workDirectory: string,
): Promise<(Packed | undefined)[]> {
  return await packAll(wanted, COMPRESSORS_AT_ONCE, async ({ path, coding }) => {
    const { size } = await reading(path, async () => await stat(path));
    const packed = await packCoding(path, { coding, size, workDirectory });
    return packed.descriptor.size < size * WORTH ? packed : undefined;
  });
}
