import { ok } from "node:assert/strict";
import { applyDelta } from "../../../src/delta/applyDelta.ts";
import { readExecutable } from "../../../src/delta/make/executable/readExecutable.ts";
import { makeDelta } from "../../../src/delta/make/makeDelta.ts";
import { linkedProgram } from "../../support/linkedProgram.ts";
import { sampleMachO } from "../../support/sampleMachO.ts";
import { samplePe } from "../../support/samplePe.ts";
import { politely, type Target, target } from "../target.ts";

const BEFORE = linkedProgram();
const AFTER = linkedProgram({ growth: 48 });
const ARM = [linkedProgram({ architecture: "arm64" }), linkedProgram({ architecture: "arm64", growth: 8 })] as const;

export const deltas: readonly Target[] = [
  target(
    "delta",
    [makeDelta(BEFORE, AFTER), makeDelta(BEFORE, AFTER.subarray(0, 100)), makeDelta(...ARM)],
    async (bytes) => {
      let size = 0;
      await politely(async () => {
        for await (const chunk of applyDelta(BEFORE, bytes, { size: AFTER.length })) size += chunk.byteLength;
      });
      ok(size <= AFTER.length);
    },
  ),
  target("delta-executable", [AFTER, ARM[0], samplePe(), sampleMachO()], (bytes) => {
    const found = readExecutable(bytes);
    for (const { offset, size } of found?.segments ?? []) ok(offset + size <= bytes.length);
  }),
];
