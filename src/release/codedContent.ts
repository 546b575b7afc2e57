import type { Transform } from "node:stream";
import { createBrotliDecompress } from "node:zlib";
import { openDecompressor } from "../decompress.ts";
import { AppError } from "../errors.ts";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { type Bytes, verifyBytes } from "../oci/storage.ts";
import { CODINGS } from "./coding.ts";
import type { Coding } from "./download.ts";

/**
 * Passes on what is to be decoded by a browser, which checks nothing. What comes out of it is looked at here: the last
 * chunk is held back until that is what the layer's annotations promise.
 *
 * @throws AppError `bad-data`.
 */
export function checkCoded({ mediaType, annotations }: Descriptor, coded: Bytes): Bytes {
  const coding = CODINGS.find((name) => mediaType.endsWith(`+${name}`));
  const [digest, size] = [annotations?.[UNCOMPRESSED_DIGEST], annotations?.[UNCOMPRESSED_SIZE]];
  const isKnown = digest !== undefined && digestProblem(digest) === undefined && /^\d{1,15}$/.test(size ?? "");
  if (coding === undefined || !isKnown) return coded;
  return decodeAlong(coded, { coding, expected: { mediaType, digest: digest as Digest, size: Number(size) } });
}

async function* decodeAlong(
  coded: Bytes,
  { coding, expected }: { readonly coding: Coding; readonly expected: Descriptor },
): Bytes {
  const decoder = openDecoder(coding);
  const verified = readAll(decoder, coding, expected);
  // Whoever feeds it may notice first.
  verified.catch(() => undefined);
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of coded) {
      // All of it is read before the memory can be used for anything else.
      await Promise.race([feed(decoder, chunk), verified]);
      if (held !== undefined) yield held;
      held = chunk;
    }
    decoder.end();
    await verified;
    if (held !== undefined) yield held;
  } finally {
    decoder.destroy();
  }
}

async function feed(decoder: Transform, chunk: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => decoder.write(chunk, () => resolve()));
}

async function readAll(decoder: Transform, coding: Coding, expected: Descriptor): Promise<void> {
  try {
    for await (const chunk of verifyBytes(decoder, expected)) void chunk;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("bad-data", `what browsers are to decode is not valid ${coding} data`, {
      hint: "The publisher must push it again.",
      cause,
    });
  }
}

function openDecoder(coding: Coding): Transform {
  return coding === "br" ? createBrotliDecompress() : openDecompressor(coding);
}
