import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isInRollout } from "../../src/trust/rollout.ts";
import type { Sandbox } from "./sandbox.ts";

/** Of one version: whether a computer is among so many percent. */
export interface Share {
  readonly version: string;
  readonly percent: number;
  readonly isIn: boolean;
}

/** Says which computer this is, before anything is installed on it or after: one that all of this is true of. */
export function becomeComputer({ data }: Pick<Sandbox, "data">, shares: readonly Share[]): void {
  const state = join(data, "state.json");
  mkdirSync(dirname(state), { recursive: true });
  writeFileSync(state, JSON.stringify({ schema: 1, quarantine: [], installId: installIdFor(shares) }));
}

function installIdFor(shares: readonly Share[]): string {
  for (let number = 0; ; number += 1) {
    const installId = `computer-${number}`;
    const fits = shares.every(
      ({ version, percent, isIn }) => isInRollout({ installId, id: "com.example.app", version }, percent) === isIn,
    );
    if (fits) return installId;
  }
}
