import { describe as suite, expect, test } from "vitest";
import { ENTRYPOINT, TITLE, UNCOMPRESSED_DIGEST, VERSION } from "../../../src/oci/annotations.ts";
import { EMPTY_DESCRIPTOR } from "../../../src/oci/descriptor.ts";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { verifyWhole } from "../../../src/oci/storage.ts";
import { composeIndex, composePlatformManifest } from "../../../src/release/compose.ts";
import { blobOf } from "../../support/bytes.ts";

const LAYER = { ...blobOf(Buffer.from("app")), annotations: { [TITLE]: "app" } };
const BASE = { platform: parsePlatform("linux/arm/v7"), layers: [LAYER], compat: false };

function textOf(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
}

suite("composePlatformManifest", () => {
  test("describes itself truly, with the empty config and our artifact type", () => {
    const { descriptor, bytes, config } = composePlatformManifest({ ...BASE, entrypoint: "app" });
    verifyWhole(bytes, descriptor);
    verifyWhole(config.bytes, config.descriptor);
    expect(config.descriptor).toEqual(EMPTY_DESCRIPTOR);
    expect(parseManifest(bytes, descriptor.mediaType)).toMatchObject({
      kind: "image",
      artifactType: "application/vnd.slipway.app.v1",
      config: EMPTY_DESCRIPTOR,
      layers: [LAYER],
      annotations: { [ENTRYPOINT]: "app" },
    });
  });

  test("has no annotations unless there are any", () => {
    expect(textOf(composePlatformManifest(BASE).bytes)).not.toHaveProperty("annotations");
  });

  test("gives the same bytes whatever the order of annotations", () => {
    const one = composePlatformManifest({ ...BASE, annotations: { b: "2", a: "1", Z: "3" } });
    const two = composePlatformManifest({ ...BASE, annotations: { Z: "3", a: "1", b: "2" } });
    expect(two.descriptor).toEqual(one.descriptor);
  });

  test("is a plain image where the registry wants one", () => {
    const plain = `sha256:${"1".repeat(64)}`;
    const packed = { ...LAYER, annotations: { ...LAYER.annotations, [UNCOMPRESSED_DIGEST]: plain } };
    const { bytes, config } = composePlatformManifest({ ...BASE, layers: [LAYER, packed], compat: true });
    verifyWhole(config.bytes, config.descriptor);
    expect(textOf(bytes)).not.toHaveProperty("artifactType");
    expect(config.descriptor.mediaType).toBe("application/vnd.oci.image.config.v1+json");
    expect(textOf(config.bytes)).toEqual({
      architecture: "arm",
      os: "linux",
      variant: "v7",
      rootfs: { type: "layers", diff_ids: [LAYER.digest, plain] },
    });
  });
});

suite("composeIndex", () => {
  const manifests = ["windows/amd64", "linux/arm64", "darwin/arm64"].map((name) => {
    const platform = parsePlatform(name);
    return { platform, descriptor: composePlatformManifest({ ...BASE, platform }).descriptor };
  });
  const options = { manifests, title: "App", version: "1.0.0" };

  test("sorts platforms, so that their order on a command line does not matter", () => {
    const { descriptor, bytes } = composeIndex(options);
    verifyWhole(bytes, descriptor);
    const parsed = parseManifest(bytes, descriptor.mediaType);
    expect(parsed.kind === "index" ? parsed.manifests.map(({ platform }) => platform?.os) : []).toEqual([
      "darwin",
      "linux",
      "windows",
    ]);
    expect(composeIndex({ ...options, manifests: manifests.toReversed() }).descriptor).toEqual(descriptor);
  });

  test("carries title and version, and a time only when given one", () => {
    expect(textOf(composeIndex(options).bytes)["annotations"]).toEqual({ [TITLE]: "App", [VERSION]: "1.0.0" });
    const created = "2026-01-02T03:04:05Z";
    expect(textOf(composeIndex({ ...options, created, annotations: { extra: "1" } }).bytes)["annotations"]).toEqual({
      "org.opencontainers.image.created": created,
      "org.opencontainers.image.title": "App",
      "org.opencontainers.image.version": "1.0.0",
      extra: "1",
    });
  });

  test("writes keys in the order of Go's tools, and no artifact type, so that a rewritten index keeps its digest", () => {
    const { descriptor } = composePlatformManifest(BASE);
    const platform = { variant: "v8", "os.features": ["libc.musl"], os: "linux", architecture: "arm64" };
    const { bytes } = composeIndex({ ...options, manifests: [{ descriptor, platform }] });
    const { mediaType, digest, size } = descriptor;
    expect(Buffer.from(bytes).toString()).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` +
        `{"mediaType":"${mediaType}","digest":"${digest}","size":${size},"platform":` +
        `{"architecture":"arm64","os":"linux","os.features":["libc.musl"],"variant":"v8"}}],` +
        `"annotations":{"${TITLE}":"App","${VERSION}":"1.0.0"}}`,
    );
  });
});
