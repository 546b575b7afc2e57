import { AppError } from "../errors.ts";

/** The rest is a frame of zstd that has the old content as its dictionary. */
export const ZSTD = 0;
/** The rest is told as `tellContent.ts` tells it: by models that learn, */
export const MODELLED = 1;
/** or by how far each byte is from what the copies foretell. */
export const DIFFERENCES = 2;
export type Method = typeof ZSTD | typeof MODELLED | typeof DIFFERENCES;

const MAGIC = [0x53, 0x4c, 0x57, 0x44] as const;
const FORMAT = 1;

export const HEADER_BYTES = MAGIC.length + 2;

export function encodeHeader(method: Method): Uint8Array {
  return Uint8Array.of(...MAGIC, FORMAT, method);
}

/** @throws AppError `bad-data` for another format. */
export function readHeader(delta: Uint8Array): Method {
  const method = delta[HEADER_BYTES - 1];
  const isOurs = MAGIC.every((byte, index) => delta[index] === byte) && delta[MAGIC.length] === FORMAT;
  if (isOurs && (method === ZSTD || method === MODELLED || method === DIFFERENCES)) return method;
  throw new AppError("bad-data", "the delta has another format than this launcher knows");
}
