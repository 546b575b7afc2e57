import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import type { Digest } from "../../../src/oci/digest.ts";
import { type Bytes, contentOf } from "../../../src/oci/storage.ts";
import type { Compression } from "../../../src/release/compression.ts";
import type { ReleaseFiles, ReleaseLayer } from "../../../src/release/readRelease.ts";
import { type Materialized, materialize, type UnpackOptions as AllOptions } from "../../../src/release/unpack.ts";
import { blobOf, collect } from "../../support/bytes.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

export interface TarEntry extends Pick<Header, "name"> {
  readonly type?: Header["type"];
  readonly linkname?: string;
  readonly content?: string;
  readonly mode?: number;
}

/** A tar with these very entries, however nasty. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = "", type = "file", ...header } of entries) {
    archive.entry({ mode: 0o644, ...header, type, mtime: new Date(0) }, type === "file" ? content : "");
  }
  archive.finalize();
  return await collect(archive as AsyncIterable<unknown> as Bytes);
}

export interface BuiltLayer {
  readonly layer: ReleaseLayer;
  readonly bytes: Uint8Array;
}

export function archiveLayer(
  plain: Uint8Array,
  { compression = "none", whiteouts = false }: { compression?: Compression; whiteouts?: boolean } = {},
): BuiltLayer {
  const bytes = compress(plain, compression);
  return { bytes, layer: { kind: "archive", descriptor: blobOf(bytes), compression, whiteouts } };
}

export function fileLayer(
  path: string,
  content: string | Uint8Array,
  {
    compression = "none",
    executable = false,
    annotations,
  }: { compression?: Compression; executable?: boolean; annotations?: Record<string, string> } = {},
): BuiltLayer {
  const bytes = compress(Buffer.from(content), compression);
  const descriptor = { ...blobOf(bytes), ...(annotations === undefined ? {} : { annotations }) };
  return { bytes, layer: { kind: "file", descriptor, compression, path, executable } };
}

export interface Unpacked extends Materialized {
  readonly tree: Tree;
}

export type UnpackOptions = Partial<Pick<AllOptions, "platform" | "maxBytes" | "maxEntries">> & {
  readonly entrypoint?: string;
  readonly commands?: readonly string[];
};

/** Unpacks into a directory beside a file that nothing may touch, and gives what is there afterwards. */
export async function unpackLayers(layers: readonly BuiltLayer[], options: UnpackOptions = {}): Promise<Unpacked> {
  await using directory = await temporaryDirectory();
  const done = await unpackInto(directory.path, layers, options);
  return { ...done, tree: await readTree(directory.path) };
}

export async function unpackInto(
  directory: string,
  layers: readonly BuiltLayer[],
  { platform = "linux", entrypoint, commands = [], ...limits }: UnpackOptions = {},
): Promise<Materialized> {
  const files: ReleaseFiles = { layers: layers.map(({ layer }) => layer), entrypoint, commands };
  const contents = new Map<Digest, Uint8Array>(layers.map(({ layer, bytes }) => [layer.descriptor.digest, bytes]));
  return await materialize({
    files,
    directory,
    platform,
    blobs: { open: ({ digest }: Descriptor): Bytes => contentOf(contents.get(digest) ?? Buffer.alloc(0))(0) },
    ...limits,
  });
}

/** Path to what is there: a folder, a link's target, or mode and content of a file. */
export type Tree = Record<string, string>;

export async function readTree(root: string, folder = ""): Promise<Tree> {
  const tree: Tree = {};
  for (const name of (await readdir(join(root, folder))).sort()) {
    const inside = folder === "" ? name : `${folder}/${name}`;
    const path = join(root, inside);
    const found = await lstat(path);
    if (found.isDirectory()) Object.assign(tree, { [inside]: "folder" }, await readTree(root, inside));
    else if (found.isSymbolicLink()) tree[inside] = `-> ${await readlink(path)}`;
    else tree[inside] = `${(found.mode & 0o7777).toString(8)} ${await readFile(path, "latin1")}`;
  }
  return tree;
}

function compress(plain: Uint8Array, compression: Compression): Uint8Array {
  if (compression === "none") return plain;
  return compression === "gzip" ? gzipSync(plain) : zstdCompressSync(plain);
}
