import type { Embedded } from "../config/embedded.ts";

// This file is on the launch path.

// Put in by the bundler as a template literal of fixed length: a marker, 16 KiB of spaces, a marker. `slipway build`
// writes the publisher's installer.json over the spaces in the finished executable, in place, so that no byte moves.
declare const SLIPWAY_PLACEHOLDER: string;

/** The configuration that was stamped into this executable, or undefined in a launcher that serves nobody yet. */
export function readEmbedded(): Embedded | undefined {
  const text = SLIPWAY_PLACEHOLDER.slice(
    SLIPWAY_PLACEHOLDER.indexOf(">") + 1,
    SLIPWAY_PLACEHOLDER.lastIndexOf("<"),
  ).trim();
  return text === "" ? undefined : (JSON.parse(text) as Embedded);
}
