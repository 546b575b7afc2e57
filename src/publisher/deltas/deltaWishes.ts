import type { CommandContext } from "../command.ts";
import type { DeltaWishes } from "./attachDeltas.ts";

/** Tells a terminal how far it is, and whoever reads why there is no delta of something. */
export function openDeltaWishes(
  { interactive, note }: Pick<CommandContext, "interactive" | "note">,
  wanted: Pick<DeltaWishes, "version" | "count">,
): DeltaWishes & Disposable {
  let drawn = false;
  const clear = (): void => {
    if (drawn) note("\r\x1b[2K");
    drawn = false;
  };
  return {
    ...wanted,
    onNote(sentence) {
      clear();
      note(`note: ${sentence}\n`);
    },
    onProgress(done, all) {
      if (!interactive) return;
      note(`\r\x1b[2Kmaking deltas, ${done} of ${all} done`);
      drawn = true;
    },
    [Symbol.dispose]: clear,
  };
}
