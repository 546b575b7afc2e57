import { describe as suite, expect, test } from "vitest";
import { ENTRYPOINT, EXECUTABLE, ORAS_UNPACK, TITLE } from "../../../src/oci/annotations.ts";
import { type Descriptor, describe, EMPTY_DESCRIPTOR } from "../../../src/oci/descriptor.ts";
import type { ImageManifest } from "../../../src/oci/manifest.ts";
import { OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { readRelease } from "../../../src/release/readRelease.ts";

const FILE = "application/vnd.slipway.file.v1";
const TAR = "application/vnd.oci.image.layer.v1.tar";
const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const IMAGE_CONFIG = describe("application/vnd.oci.image.config.v1+json", Buffer.from("{...}"));
const DOCKER_CONFIG = describe("application/vnd.docker.container.image.v1+json", Buffer.from("{...}"));

function layer(mediaType: string, annotations?: Record<string, string>): Descriptor {
  return describe(mediaType, Buffer.from(mediaType), annotations === undefined ? {} : { annotations });
}

function manifest(layers: Descriptor[], more: Partial<ImageManifest> = {}): ImageManifest {
  return { kind: "image", schemaVersion: 2, mediaType: OCI_MANIFEST, config: EMPTY_DESCRIPTOR, layers, ...more };
}

function summarize(read: ReturnType<typeof readRelease>): string[] {
  return read.layers.map((found) =>
    found.kind === "file"
      ? `file ${found.path} ${found.compression}${found.executable ? " executable" : ""}`
      : `archive ${found.compression}${found.whiteouts ? " whiteouts" : ""}`,
  );
}

suite("readRelease", () => {
  test.each<[string, ImageManifest, string[]]>([
    [
      "our own files",
      manifest([
        layer(`${FILE}+zstd`, { [TITLE]: "app", [EXECUTABLE]: "true" }),
        layer(`${FILE}+gzip`, { [TITLE]: "readme" }),
        layer(FILE, { [TITLE]: "lib/x" }),
      ]),
      ["file app zstd executable", "file readme gzip", "file lib/x none"],
    ],
    ["our own folder", manifest([layer(`${TAR}+zstd`, { [TITLE]: "." })]), ["archive zstd"]],
    [
      "our own files with a plain image config",
      manifest([layer(FILE, { [TITLE]: "app" })], { config: IMAGE_CONFIG }),
      ["file app none"],
    ],
    [
      "a delta beside a file",
      manifest([layer(FILE, { [TITLE]: "app" }), layer("application/x-delta")]),
      ["file app none"],
    ],
    ["a file of oras push, by its old media type", manifest([layer(TAR, { [TITLE]: "app" })]), ["file app none"]],
    [
      "a file of oras push, by a type of its own",
      manifest([layer("application/octet-stream", { [TITLE]: "app" })]),
      ["file app none"],
    ],
    [
      "a folder of oras push",
      manifest([layer(`${TAR}+gzip`, { [TITLE]: "dir", [ORAS_UNPACK]: "true" })]),
      ["archive gzip"],
    ],
    [
      "a folder of oras push with a type of its own",
      manifest([layer("application/x-dir", { [TITLE]: "dir", [ORAS_UNPACK]: "true" })]),
      ["archive gzip"],
    ],
    [
      "somebody's own compressed file, which stays as it is",
      manifest([layer("application/x-model+gzip", { [TITLE]: "m" })]),
      ["file m none"],
    ],
    [
      "an image",
      manifest([layer(`${TAR}+gzip`), layer(`${TAR}+zstd`), layer(TAR)], { config: IMAGE_CONFIG }),
      ["archive gzip whiteouts", "archive zstd whiteouts", "archive none whiteouts"],
    ],
    ["an image of Docker", manifest([layer(DOCKER_LAYER)], { config: DOCKER_CONFIG }), ["archive gzip whiteouts"]],
  ])("understands %s", (_title, given, expected) => {
    expect(summarize(readRelease(given))).toEqual(expected);
  });

  test("believes the release about its entry point before the configuration", () => {
    const layers = [layer(FILE, { [TITLE]: "app" })];
    const said = manifest(layers, { annotations: { [ENTRYPOINT]: "bin/a" } });
    expect(readRelease(said, { entrypoint: "bin/b" }).entrypoint).toBe("bin/a");
    expect(readRelease(manifest(layers), { entrypoint: "bin/b" }).entrypoint).toBe("bin/b");
    expect(readRelease(manifest(layers)).entrypoint).toBeUndefined();
  });

  test.each([
    ["no layers", []],
    ["only layers without a title", [layer("application/x-delta")]],
  ])("refuses a manifest with %s", (_title, layers) => {
    expect(() => readRelease(manifest(layers))).toThrow("the release holds no files");
  });
});
