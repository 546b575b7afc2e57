import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import type { Compression } from "../../../src/release/compression.ts";
import { sealTree } from "../../../src/store/seal.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { archiveLayer, type BuiltLayer, fileLayer, tarOf, unpackInto } from "./layers.ts";

const PROGRAM = Buffer.from("the program's content");

function promised(algorithm: "sha256" | "sha512"): Record<string, string> {
  return { [UNCOMPRESSED_DIGEST]: digestOf(PROGRAM, algorithm), [UNCOMPRESSED_SIZE]: String(PROGRAM.byteLength) };
}

function program(compression: Compression, annotations?: Record<string, string>): BuiltLayer {
  return fileLayer("app", PROGRAM, { compression, ...(annotations === undefined ? {} : { annotations }) });
}

const tar = await tarOf([
  { name: "lib/a", content: "a" },
  { name: "lib/long", content: "long ".repeat(100_000) },
  { name: "empty", content: "" },
]);
const RELEASES: Record<string, readonly BuiltLayer[]> = {
  "a file": [program("none")],
  "a compressed file whose content nobody promised": [program("zstd")],
  "a compressed file with a promise": [program("gzip", promised("sha256"))],
  "a compressed file with a promise of another algorithm": [program("zstd", promised("sha512"))],
  "files and an archive": [program("none"), archiveLayer(tar, { compression: "gzip" })],
};

test.each(Object.entries(RELEASES))("what was written is known without reading it again: %s", async (_, layers) => {
  await using directory = await temporaryDirectory();
  const { contents } = await unpackInto(directory.path, layers, { entrypoint: "app" });
  const found = await sealTree(directory.path);
  expect(found.map(({ path }) => path).sort()).toEqual([...contents.keys()].sort());
  for (const { path, size, sha256 } of found) {
    const { mtimeMs: modifiedMs } = await stat(join(directory.path, path));
    expect(contents.get(path)).toEqual({ size, sha256, modifiedMs });
  }
});

test("of a layer over another, the content is known that lies there in the end", async () => {
  await using directory = await temporaryDirectory();
  const lower = await tarOf([
    { name: "app", content: "old one" },
    { name: "gone", content: "gone" },
    { name: "other", content: "another" },
  ]);
  const upper = await tarOf([
    { name: "app", content: "new one" },
    { name: ".wh.gone", content: "" },
    { name: "other", type: "link", linkname: "app" },
  ]);
  const { contents } = await unpackInto(
    directory.path,
    [lower, upper].map((bytes) => archiveLayer(bytes, { whiteouts: true })),
    { entrypoint: "app" },
  );
  // What is copied within the tree is not seen.
  expect([...contents].map(([path, { sha256 }]) => [path, sha256])).toEqual([
    ["app", digestOf(Buffer.from("new one")).slice("sha256:".length)],
  ]);
});
