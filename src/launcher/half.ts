import type * as half from "./update.ts";

// This file is on the launch path.

// Put in by the bundler: the other half of the launcher, as zstd in base64.
declare const SLIPWAY_UPDATE_HALF: string;

type UpdateHalf = typeof half;

/** Unpacks and compiles the half that looks for updates. Until then it is a string, which costs next to nothing. */
export function loadUpdateHalf(): UpdateHalf {
  const { Script } = process.getBuiltinModule("node:vm");
  const { zstdDecompressSync } = process.getBuiltinModule("node:zlib");
  const text = zstdDecompressSync(Buffer.from(SLIPWAY_UPDATE_HALF, "base64")).toString("latin1");
  const script = new Script(`(function (exports, require, module) {${text}\n})`, { filename: "slipway-update.cjs" });
  const run = script.runInThisContext() as (
    exports: object,
    require: (id: string) => unknown,
    module: { exports: object },
  ) => void;
  const module = { exports: {} };
  run(module.exports, process.getBuiltinModule.bind(process), module);
  return module.exports as UpdateHalf;
}
