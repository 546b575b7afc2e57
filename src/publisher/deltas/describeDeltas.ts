import { DELTA_VERSION } from "../../oci/annotations.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { shortDigest } from "../../oci/digest.ts";
import { formatBytes, onOneLine } from "../../format.ts";
import { deltasOf } from "../../release/delta.ts";

/** What an update from one release weighs by deltas. */
export interface DeltaSum {
  /** Its version, or the digest that a delta starts from where nobody says. */
  readonly from: string;
  readonly bytes: number;
}

/** In the order of the layers: the newest release first. */
export function sumDeltas(layers: readonly Descriptor[]): DeltaSum[] {
  const sums = new Map<string, number>();
  for (const { descriptor, from } of deltasOf({ layers: [...layers] })) {
    const name = descriptor.annotations?.[DELTA_VERSION] ?? shortDigest(from);
    sums.set(name, (sums.get(name) ?? 0) + descriptor.size);
  }
  return [...sums].map(([from, bytes]) => ({ from, bytes }));
}

/** `deltas from 1.4.0 (221.7 kB), 1.3.0 (335.2 kB)`; nothing where there are none. */
export function formatDeltas(sums: readonly DeltaSum[]): string[] {
  if (sums.length === 0) return [];
  return [`deltas from ${sums.map(({ from, bytes }) => `${onOneLine(from)} (${formatBytes(bytes)})`).join(", ")}`];
}
