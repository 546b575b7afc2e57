import { ok } from "node:assert/strict";
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { decompressLayer } from "../../../src/archive/decompressLayer.ts";
import { describe } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import type { Compression } from "../../../src/release/compression.ts";
import { openLayer } from "../../../src/release/layerContent.ts";
import { materialize } from "../../../src/release/unpack.ts";
import { choiceOf, politely, type Target, target } from "../target.ts";
import { emptyFolder } from "../workplace.ts";
import { filesTar, LAYER } from "./samples.ts";
import { mendTar, oddTar } from "./tars.ts";

const MAX_BYTES = 256 * 1024;
const MAX_ENTRIES = 100;
const PLATFORMS = ["linux", "darwin", "win32"] as const;
// A thousand times as long as they look.
const BOMB = Buffer.alloc(4 * 1024 * 1024);
const DECLARED = LAYER.byteLength;

interface Below {
  bytes: number;
  entries: number;
}

/** What is in a folder; no link in it may lead out. */
function measure(root: string, folder = root): Below {
  const below: Below = { bytes: 0, entries: 0 };
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path);
    below.entries += 1;
    if (found.isSymbolicLink()) ok(`${resolve(folder, readlinkSync(path))}${sep}`.startsWith(`${root}${sep}`), path);
    else if (found.isDirectory()) {
      const { bytes, entries } = measure(root, path);
      below.bytes += bytes;
      below.entries += entries;
    } else {
      ok(found.isFile());
      below.bytes += found.size;
    }
  }
  return below;
}

async function unpack(bytes: Uint8Array, compression: Compression): Promise<void> {
  const outside = emptyFolder("unpacked");
  const directory = emptyFolder("unpacked", "inside");
  const descriptor = describe("application/x-layer", bytes);
  const whiteouts = choiceOf(bytes, 2) === 0;
  await politely(() =>
    materialize({
      files: { layers: [{ kind: "archive", descriptor, compression, whiteouts }], entrypoint: "bin/app", commands: [] },
      blobs: { open: () => contentOf(bytes)(0) },
      directory,
      platform: PLATFORMS[choiceOf(bytes, PLATFORMS.length)] ?? "linux",
      maxBytes: MAX_BYTES,
      maxEntries: MAX_ENTRIES,
    }),
  );
  const { bytes: size, entries } = measure(directory);
  ok(size <= MAX_BYTES && entries <= MAX_ENTRIES, `${size} bytes, ${entries} entries`);
  ok(readdirSync(outside).length === 1);
}

/** What comes out of compressed bytes of which it is said what they hold. */
async function decompressDeclared(bytes: Uint8Array, compression: Compression): Promise<void> {
  const annotations = {
    "vnd.slipway.uncompressed.size": String(DECLARED),
    "vnd.slipway.uncompressed.digest": digestOf(LAYER),
  };
  const descriptor = describe("application/x", bytes, { annotations });
  let size = 0;
  await politely(async () => {
    const layer = { kind: "file", descriptor, compression, path: "x", executable: false } as const;
    for await (const chunk of openLayer(layer, contentOf(bytes)(0))) size += chunk.byteLength;
  });
  ok(size <= DECLARED);
}

function compressedTarget(compression: "gzip" | "zstd", compress: (bytes: Uint8Array) => Uint8Array): Target {
  return target(`layer-${compression}`, [LAYER, BOMB, filesTar({ zeros: BOMB })].map(compress), async (bytes) => {
    await decompressDeclared(bytes, compression);
    await unpack(bytes, compression);
    let size = 0;
    await politely(async () => {
      for await (const chunk of decompressLayer(contentOf(bytes)(0))) if ((size += chunk.byteLength) > 1e8) break;
    });
  });
}

/** Layers of releases, unpacked. */
export const layers: readonly Target[] = [
  target("layer-tar", [LAYER, oddTar(), filesTar({ "a/b": "x", "../c": "y", "A/B": "z" })], async (bytes) => {
    await unpack(mendTar(bytes), "none");
  }),
  compressedTarget("gzip", gzipSync),
  compressedTarget("zstd", zstdCompressSync),
];
