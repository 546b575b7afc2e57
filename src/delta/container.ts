import { brotliCompressSync, brotliDecompressSync, constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { AppError } from "../errors.ts";
import { ByteStream } from "./byteStream.ts";
import { hearNumber, sayNumber } from "./numbers.ts";

/** The parts of a delta that is told. */
export interface Parts {
  /** Layout and copies. */
  readonly numbers: Uint8Array;
  readonly literals: Uint8Array;
  readonly values: Uint8Array;
  /** What a range coder made of everything else. */
  readonly told: Uint8Array;
}

export interface PartLimits {
  readonly before: Uint8Array;
  /** Bytes of the new content. */
  readonly size: number;
}

const BROTLI = 0;
/** With the old content as dictionary. */
const ZSTD = 1;

/** How a part is compressed, and what it is then. */
type PackedPart = readonly [way: number, bytes: Uint8Array];

/** Each part but the last: how it is compressed, and its length; then all of them. */
export function packParts(
  { numbers, literals, values, told }: Parts,
  packLiterals: (literals: Uint8Array) => PackedPart,
): Uint8Array {
  const head = new ByteStream();
  const packed = [numbers, literals, values].map((part) => {
    const [way, bytes]: PackedPart = part === literals ? packLiterals(part) : [BROTLI, brotli(part)];
    sayNumber(head, way);
    sayNumber(head, bytes.byteLength);
    return bytes;
  });
  return Buffer.concat([head.bytes, ...packed, told]);
}

/** @throws AppError `bad-data` for parts that are cut short, are not what they say, or grow beyond the content. */
export function unpackParts(bytes: Uint8Array, { before, size }: PartLimits): Parts {
  const head = new ByteStream(bytes);
  const heads = [1, 2, 3].map(() => ({ way: hearNumber(head), length: hearNumber(head) }));
  // Numbers of copies are 24 bytes at most for each 64 of the content; those of a layout are a few thousand.
  const limits = [size + 64 * 1024, size, size];
  const open = (index: number): Uint8Array => {
    const { way, length } = heads[index] ?? { way: -1, length: 0 };
    const part = head.hearAll(length);
    try {
      const maxOutputLength = Math.max(1, limits[index] ?? 0);
      if (way === BROTLI) return brotliDecompressSync(part, { maxOutputLength });
      if (way === ZSTD) return zstdDecompressSync(part, { maxOutputLength, dictionary: before });
    } catch (cause) {
      throw new AppError("bad-data", "the delta cannot be decompressed", { cause });
    }
    throw new AppError("bad-data", "the delta is compressed in another way than this launcher knows");
  };
  const [numbers, literals, values] = [open(0), open(1), open(2)];
  return { numbers, literals, values, told: head.hearAll(head.bytes.length - head.position) };
}

/** Compresses literals in the way that suits them; the same once more, which may take a minute, from memory. */
export function openLiteralPacker(before: Uint8Array): (literals: Uint8Array) => PackedPart {
  let last: { readonly literals: Uint8Array; readonly packed: PackedPart } | undefined;
  return (literals) => {
    if (last === undefined || Buffer.compare(last.literals, literals) !== 0)
      last = { literals, packed: smaller(literals, before) };
    return last.packed;
  };
}

function smaller(part: Uint8Array, before: Uint8Array): PackedPart {
  const alone = brotli(part);
  // Small ones have nothing to find there that copies did not.
  if (part.byteLength < 64 * 1024) return [BROTLI, alone];
  const together = zstdCompressSync(part, {
    dictionary: before,
    params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 27 },
  });
  return together.byteLength < alone.byteLength ? [ZSTD, together] : [BROTLI, alone];
}

// The best quality takes seconds for a megabyte.
const MANY_BYTES = 16 * 1024 * 1024;

function brotli(part: Uint8Array): Uint8Array {
  return brotliCompressSync(part, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: part.byteLength > MANY_BYTES ? 9 : constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: part.byteLength,
    },
  });
}
