import { describe, expect, test } from "vitest";
import { childrenOf, MAX_MANIFEST_BYTES, parseManifest } from "../../../src/oci/manifest.ts";
import { DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const descriptor = { mediaType: "application/x", digest: `sha256:${"a".repeat(64)}`, size: 3 };
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [descriptor] };
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor] };

describe("manifests", () => {
  test.each([
    ["an image", image, OCI_MANIFEST, "image"],
    ["an index", index, OCI_INDEX, "index"],
    ["Docker's schema 2", { ...image, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST, "image"],
    ["Docker's list", { ...index, mediaType: DOCKER_MANIFEST_LIST }, DOCKER_MANIFEST_LIST, "index"],
    ["an image that does not name its type", { ...image, mediaType: undefined }, undefined, "image"],
    ["an index that does not name its type", { ...index, mediaType: undefined }, undefined, "index"],
    ["unknown keys and annotations", { ...image, future: 1, annotations: { "x.y": "z" } }, undefined, "image"],
    [
      "children of unknown types",
      { ...index, manifests: [{ ...descriptor, mediaType: "application/vnd.future+json" }] },
      undefined,
      "index",
    ],
  ])("%s is read", (_, value, type, kind) => expect(parseManifest(encode(value), type).kind).toBe(kind));

  test.each([
    ["no JSON", "<html>", undefined, 'manifest: not JSON, it begins "<html>"'],
    ["no object", "[]", undefined, "manifest: schemaVersion is missing"],
    ["a missing config", { ...image, config: undefined }, undefined, "manifest: config is missing"],
    [
      "a size that is text",
      { ...image, layers: [descriptor, { ...descriptor, size: "12" }] },
      undefined,
      'manifest: layers[1].size: expected number, got "12"',
    ],
    [
      "a size below nothing",
      { ...index, manifests: [{ ...descriptor, size: -1 }] },
      undefined,
      "manifest: manifests[0].size: expected a size of 0 bytes or more",
    ],
    [
      "half a byte",
      { ...index, manifests: [{ ...descriptor, size: 1.5 }] },
      undefined,
      "manifest: manifests[0].size: expected an integer, got 1.5",
    ],
    [
      "a digest that is none",
      { ...image, config: { ...descriptor, digest: "sha256:zz" } },
      undefined,
      "manifest: config.digest: not a sha256 digest: expected 64 lowercase hex digits",
    ],
    [
      "a path for a digest",
      { ...image, config: { ...descriptor, digest: "../../etc:passwd" } },
      undefined,
      "manifest: config.digest: not a digest",
    ],
    [
      "an annotation that is no text",
      { ...image, annotations: { a: 1 } },
      undefined,
      "manifest: annotations.a: expected string, got 1",
    ],
    ["another schema version", { ...image, schemaVersion: 3 }, undefined, "manifest: schemaVersion: expected 2, got 3"],
    [
      "another type than announced",
      image,
      OCI_INDEX,
      `manifest: it was announced as ${OCI_INDEX}, but says it is ${OCI_MANIFEST}`,
    ],
    [
      "a type that is no manifest's",
      { ...image, mediaType: "text/plain" },
      undefined,
      "manifest: expected an image manifest or index, got text/plain",
    ],
    ["Docker's schema 1", { schemaVersion: 1, fsLayers: [] }, undefined, "old schema 1"],
  ])("%s is refused, with what to do", (_, value, type, message) => {
    expect(() => parseManifest(encode(value), type)).toThrow(
      expect.objectContaining({
        code: "bad-data",
        message: expect.stringContaining(message),
        hint: expect.any(String),
      }),
    );
  });

  test("what is nested without end is refused", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(() => parseManifest(Buffer.from(deep))).toThrow("manifest: nested deeper than anybody needs");
  });

  test("what is not UTF-8, or too large, is refused", () => {
    expect(() => parseManifest(new Uint8Array([0xff, 0xfe]))).toThrow("not UTF-8");
    expect(() => parseManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1))).toThrow("more than the");
  });

  test("children come in the order in which they are copied", () => {
    const config = { ...descriptor, digest: `sha256:${"b".repeat(64)}` };
    expect(childrenOf(parseManifest(encode({ ...image, config }))).map(({ digest }) => digest)).toEqual([
      config.digest,
      descriptor.digest,
    ]);
  });
});
