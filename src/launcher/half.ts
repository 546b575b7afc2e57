import type * as half from "./update.ts";

// This file is on the launch path.

// Put in by the bundler: a function whose body is one comment, which holds the other half of the launcher (brotli, in
// base64). V8 reads over a comment and keeps nothing of it, while a string of that length would be hashed and copied
// at every start.
declare function SLIPWAY_UPDATE_HALF(): void;

type UpdateHalf = typeof half;

/** Unpacks and compiles the half that looks for updates. */
export function loadUpdateHalf(): UpdateHalf {
  const { Script } = process.getBuiltinModule("node:vm");
  const { brotliDecompressSync } = process.getBuiltinModule("node:zlib");
  const source = SLIPWAY_UPDATE_HALF.toString();
  const packed = source.slice(source.indexOf("/*") + 2, source.lastIndexOf("*/"));
  const text = brotliDecompressSync(Buffer.from(packed, "base64")).toString("latin1");
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
