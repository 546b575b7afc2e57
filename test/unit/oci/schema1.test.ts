import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseImageConfig } from "../../../src/oci/imageConfig.ts";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { convertSchema1, parseSchema1, payloadOf } from "../../../src/oci/schema1.ts";
import { makeSchema1 } from "../../support/schema1.ts";

const EMPTY_LAYER = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";
const LAYERS = [[{ name: "a", content: "old" }], [{ name: "b", content: "new" }]];

describe("Docker's old schema 1", () => {
  test("is signed over what comes before its signatures", async () => {
    const { body, digest } = await makeSchema1(LAYERS, {});
    expect(digestOf(body)).not.toBe(digest);
    expect(digestOf(payloadOf(body))).toBe(digest);
    expect(payloadOf(payloadOf(body))).toEqual(payloadOf(body));
  });

  test("lists its layers from the newest, and steps that changed nothing", async () => {
    const { body, blobs } = await makeSchema1(LAYERS, { Entrypoint: ["/b"], Env: ["PATH=/bin"] });
    const [, oldest, newest] = [...blobs.keys()];
    expect(parseSchema1(body)).toMatchObject({
      architecture: "amd64",
      os: "linux",
      layers: [oldest, newest],
      image: { config: { Entrypoint: ["/b"] } },
    });
  });

  test("becomes an image that says the same", async () => {
    const said = { Entrypoint: ["/b"], WorkingDir: "/w", User: "app", Labels: { a: "b" } };
    const { body, blobs } = await makeSchema1(LAYERS, said);
    const sizes = new Map([...blobs].map(([digest, blob]) => [digest, blob.length]));
    const diffIds = [digestOf(Buffer.from("1")), digestOf(Buffer.from("2"))];
    const { manifest, config } = convertSchema1(parseSchema1(body), sizes, diffIds);
    expect(JSON.parse(Buffer.from(config.bytes).toString())).toMatchObject({
      config: { User: "app", Labels: { a: "b" } },
    });
    const parsed = parseManifest(manifest.bytes, manifest.descriptor.mediaType);
    expect(parsed).toMatchObject({ kind: "image", config: config.descriptor });
    expect(parsed.kind === "image" && parsed.layers.map(({ size }) => size)).toEqual([...sizes.values()].slice(1));
    expect(parseImageConfig(config.bytes)).toMatchObject({
      architecture: "amd64",
      config: { Entrypoint: ["/b"], WorkingDir: "/w" },
      rootfs: { diff_ids: diffIds },
    });
  });

  test("tells how it was made, the first step first", () => {
    const layer = digestOf(Buffer.from("layer"));
    const step = (more: object): object => ({
      v1Compatibility: JSON.stringify({ created: "2016-01-01T00:00:00Z", ...more }),
    });
    const body = {
      schemaVersion: 1,
      fsLayers: [{ blobSum: EMPTY_LAYER }, { blobSum: layer }, { blobSum: layer }],
      history: [
        step({ comment: "said" }),
        step({ throwaway: true, container_config: { Cmd: ["ENV", "x"] } }),
        step({ author: "me", container_config: { Cmd: ["/bin/sh", "-c", "#(nop) ADD a"] } }),
      ],
    };
    const { layers, history } = parseSchema1(Buffer.from(JSON.stringify(body)));
    expect(layers).toEqual([layer]);
    expect(history).toEqual([
      { created: "2016-01-01T00:00:00Z", author: "me", created_by: "/bin/sh -c #(nop) ADD a" },
      { created: "2016-01-01T00:00:00Z", created_by: "ENV x", empty_layer: true },
      { created: "2016-01-01T00:00:00Z", comment: "said", empty_layer: true },
    ]);
  });

  test("is refused where it cannot be kept, with the way that works", async () => {
    const { body } = await makeSchema1(LAYERS, {});
    const parse = () => parseManifest(body, "application/vnd.docker.distribution.manifest.v1+prettyjws");
    expect(parse).toThrow("schema 1");
    expect(parse).toThrow(expect.objectContaining({ remedy: { kind: "pull-schema1" } }));
  });

  const protect = (header: unknown): string => Buffer.from(JSON.stringify(header)).toString("base64url");
  test.each<[string, unknown, string]>([
    ["layers and history that do not match", { fsLayers: [], history: [{ v1Compatibility: "{}" }] }, "0 layers and 1"],
    ["no layers", { fsLayers: [], history: [] }, "0 layers"],
    ["a digest that is none", { fsLayers: [{ blobSum: "x" }], history: [] }, "fsLayers[0].blobSum"],
    [
      "history that is no JSON",
      { fsLayers: [{ blobSum: digestOf(Buffer.from("")) }], history: [{ v1Compatibility: "{" }] },
      "history[0]: not JSON",
    ],
  ])("is refused with %s", (_, more, message) => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, ...(more as object) }));
    expect(() => parseSchema1(bytes)).toThrow(message);
  });

  test.each([
    { formatLength: -1, formatTail: "" },
    { formatLength: 1e9, formatTail: "" },
    { formatLength: 1.5, formatTail: "" },
    { formatTail: "" },
  ])("is refused with a signature over %j", (header) => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, signatures: [{ protected: protect(header) }] }));
    expect(() => payloadOf(bytes)).toThrow("signatures[0].protected");
  });

  test("is refused with a config that is nested without end, which nobody could write down again", () => {
    const config = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 1,
        fsLayers: [{ blobSum: digestOf(Buffer.from("")) }],
        history: [{ v1Compatibility: `{"config":${config}}` }],
      }),
    );
    expect(() => convertSchema1(parseSchema1(bytes), new Map())).toThrow("history[0]: nested deeper");
  });
});
