import { describe as suite, expect, test } from "vitest";
import {
  CODE_SIGNED,
  CODING,
  ROLE,
  TITLE,
  UNCOMPRESSED_DIGEST,
  UNCOMPRESSED_SIZE,
} from "../../../src/oci/annotations.ts";
import { type Descriptor, describe, EMPTY_DESCRIPTOR } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import type { ImageManifest } from "../../../src/oci/manifest.ts";
import { OCI_IMAGE_CONFIG, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { findRole, readDownloads } from "../../../src/release/readDownloads.ts";

const FILE = "application/vnd.slipway.file.v1";
const TAR = "application/vnd.oci.image.layer.v1.tar";
const PLAIN = digestOf(Buffer.from("plain"));
const plain = { [UNCOMPRESSED_DIGEST]: PLAIN, [UNCOMPRESSED_SIZE]: "500" };
const windows = { os: "windows", architecture: "amd64" };

function layer(mediaType: string, annotations: Record<string, string>): Descriptor {
  return describe(mediaType, Buffer.from(mediaType), { annotations });
}

function coded(coding: string, digest: string): Descriptor {
  return layer(`application/vnd.slipway.coded.v1+${coding}`, {
    ...plain,
    [CODING]: coding,
    [UNCOMPRESSED_DIGEST]: digest,
  });
}

function manifest(layers: Descriptor[], config = EMPTY_DESCRIPTOR): ImageManifest {
  return { kind: "image", schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
}

const read = (layers: Descriptor[]) =>
  readDownloads([{ platform: windows, manifest: manifest(layers) }], { tag: "1.0.0", kind: "program" });

suite("readDownloads", () => {
  test("a plain file is what is stored, in the codings that are of it and no others", () => {
    const file = layer(FILE, { [TITLE]: "App.exe", [CODE_SIGNED]: "true" });
    const found = read([file, coded("zstd", file.digest), coded("br", file.digest), coded("gzip", PLAIN)]);
    expect(found).toEqual([
      {
        platform: windows,
        tag: "1.0.0",
        kind: "program",
        fileName: "App.exe",
        size: file.size,
        digest: file.digest,
        stored: { blob: { mediaType: FILE, digest: file.digest, size: file.size }, compression: "none" },
        codings: [
          { coding: "zstd", blob: expect.objectContaining({ digest: coded("zstd", "").digest }) },
          { coding: "br", blob: expect.objectContaining({ digest: coded("br", "").digest }) },
        ],
        codeSigned: true,
      },
    ]);
  });

  test("a file that was published compressed is saved plain, and travels as it is stored", () => {
    const stored = layer(`${FILE}+zstd`, { [TITLE]: "bin/app", ...plain });
    expect(read([stored])).toMatchObject([
      {
        fileName: "app",
        size: 500,
        digest: PLAIN,
        stored: { blob: { digest: stored.digest, annotations: plain }, compression: "zstd" },
        codings: [{ coding: "zstd", blob: { digest: stored.digest } }],
        codeSigned: false,
      },
    ]);
  });

  test.each<[string, Record<string, string>]>([
    ["nothing of it", {}],
    ["no size", { [UNCOMPRESSED_DIGEST]: PLAIN }],
    ["a size that is none", { ...plain, [UNCOMPRESSED_SIZE]: "-1" }],
    ["a digest that is none", { ...plain, [UNCOMPRESSED_DIGEST]: "sha256:x" }],
  ])("a compressed layer that says %s stays as it is", (_what, annotations) => {
    const stored = layer(`${FILE}+zstd`, { [TITLE]: "app", ...annotations });
    expect(read([stored])).toMatchObject([
      { digest: stored.digest, size: stored.size, stored: { compression: "none" }, codings: [] },
    ]);
  });

  test.each<[string, Descriptor, string]>([
    ["a folder, the release's own", layer(`${TAR}+zstd`, { [TITLE]: ".", ...plain }), "1.0.0-windows-amd64.tar.zst"],
    ["a folder with a name", layer(`${TAR}+gzip`, { [TITLE]: "docs", ...plain }), "docs.tar.gz"],
    [
      "a title that leads out",
      layer(FILE, { [TITLE]: "../../evil" }),
      `sha256-${digestOf(Buffer.from(FILE)).slice(7, 19)}.bin`,
    ],
    [
      "a title that Windows reserves",
      layer(FILE, { [TITLE]: "con.txt" }),
      `sha256-${digestOf(Buffer.from(FILE)).slice(7, 19)}.bin`,
    ],
  ])("the name of %s", (_what, descriptor, expected) => {
    expect(read([descriptor]).map(({ fileName }) => fileName)).toEqual([expected]);
  });

  test("an image has no files to hand out, and what has no title is none", () => {
    const config = describe(OCI_IMAGE_CONFIG, Buffer.from("{}"));
    expect(
      readDownloads([{ platform: windows, manifest: manifest([describe(TAR, Buffer.from(""))], config) }], {
        tag: "1.0.0",
        kind: "program",
      }),
    ).toEqual([]);
    expect(read([describe("application/x-delta", Buffer.from(""))])).toEqual([]);
  });
});

test("findRole finds what is meant for download pages", () => {
  const notes = layer("text/markdown", { [ROLE]: "notes" });
  const of = (layers: Descriptor[]) => ({ platform: undefined, manifest: manifest(layers) });
  expect(findRole([of([layer(FILE, { [TITLE]: "app" })]), of([notes])], "notes")).toEqual(notes);
  expect(findRole([of([notes])], "icon")).toBeUndefined();
});
