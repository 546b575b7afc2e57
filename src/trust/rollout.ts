import { createHash } from "node:crypto";

/**
 * Whether this computer is among so many percent: decided here, by nobody else, and for good. Who is among 10 % is
 * among 50 % too, so that raising the number takes a release from nobody; another version has other first ones.
 *
 * @param percent from 0 to 100.
 */
export function isInRollout(
  { installId, id, version }: { readonly installId: string; readonly id: string; readonly version: string },
  percent: number,
): boolean {
  const hash = createHash("sha256")
    .update(JSON.stringify([installId, id, version]))
    .digest();
  // 32 bits are enough for a hundredth of a percent, and exact as a number.
  return (hash.readUInt32BE(0) / 2 ** 32) * 100 < percent;
}
