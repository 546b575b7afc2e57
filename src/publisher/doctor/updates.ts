import { DELTA_VERSION, TITLE } from "../../oci/annotations.ts";
import { formatBytes, onOneLine } from "../../format.ts";
import type { ImageManifest } from "../../oci/manifest.ts";
import { deltasOf, plainOf } from "../../release/delta.ts";
import { readRelease } from "../../release/readRelease.ts";
import { few, ok, type Verdict } from "./finding.ts";
import type { Offer } from "./offers.ts";

/** What an update costs who has the release before, by what the release says of it. */
export function judgeUpdates(offers: readonly Offer[]): Verdict {
  const whole = Math.max(...offers.map(({ manifest }) => sizeOf(manifest)), 0);
  const updates = offers.map(({ name, manifest }) => ({ name, cost: costOf(manifest) }));
  const [dearest] = updates.flatMap(({ cost }) => cost ?? []).sort((a, b) => b.bytes - a.bytes);
  if (dearest === undefined)
    return ok(`there are no deltas: an update is a whole download, of ${formatBytes(whole)} at most`);
  const without = updates.flatMap(({ name, cost }) => (cost === undefined ? [name] : []));
  const { version, bytes } = dearest;
  const rest = without.length === 0 ? "" : `; no deltas for ${few(without)}`;
  return ok(
    `an update from ${onOneLine(version)} is ${formatBytes(bytes)} at most, instead of ${formatBytes(whole)}${rest}`,
  );
}

function sizeOf({ layers }: ImageManifest): number {
  const files = layers.filter(({ annotations }) => annotations?.[TITLE] !== undefined);
  return (files.length === 0 ? layers : files).reduce((sum, { size }) => sum + size, 0);
}

/** From the newest release that deltas start from. Files that did not change since cost nothing, which nothing here tells. */
function costOf(manifest: ImageManifest): { readonly version: string; readonly bytes: number } | undefined {
  const deltas = deltasOf(manifest);
  const version = deltas[0]?.descriptor.annotations?.[DELTA_VERSION];
  if (version === undefined || manifest.layers.every(({ annotations }) => annotations?.[TITLE] === undefined))
    return undefined;
  const bytes = readRelease(manifest).layers.reduce((sum, layer) => {
    const to = plainOf(layer)?.digest;
    const delta = deltas.find((one) => one.to === to && one.descriptor.annotations?.[DELTA_VERSION] === version);
    return sum + (delta?.descriptor.size ?? layer.descriptor.size);
  }, 0);
  return { version, bytes };
}
