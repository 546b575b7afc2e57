import type * as half from "./update.ts";

// This file is on the launch path.

// Put in by the bundler: the other half of the launcher, as text.
declare const SLIPWAY_UPDATE_HALF: string;

type UpdateHalf = typeof half;

/** Compiles the half that looks for updates. Until then it is a string, which costs nothing at start-up. */
export function loadUpdateHalf(): UpdateHalf {
  const { Script } = process.getBuiltinModule("node:vm");
  const script = new Script(`(function (exports, require, module) {${SLIPWAY_UPDATE_HALF}\n})`, {
    filename: "slipway-update.cjs",
  });
  const run = script.runInThisContext() as (
    exports: object,
    require: (id: string) => unknown,
    module: { exports: object },
  ) => void;
  const module = { exports: {} };
  run(module.exports, process.getBuiltinModule.bind(process), module);
  return module.exports as UpdateHalf;
}
