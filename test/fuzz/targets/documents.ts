import { deepEqual, ok } from "node:assert/strict";
import { parseIndex, parseMarker } from "../../../src/archive/layoutFiles.ts";
import { commandPaths, parseImageConfig } from "../../../src/oci/imageConfig.ts";
import { childrenOf, encodeManifest, parseManifest } from "../../../src/oci/manifest.ts";
import { DOCKER_MANIFEST_LIST, OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { selectPlatform } from "../../../src/oci/platform.ts";
import { convertSchema1, parseSchema1, payloadOf } from "../../../src/oci/schema1.ts";
import { readRelease, untitledName } from "../../../src/release/readRelease.ts";
import { splitSafePath } from "../../../src/release/safePath.ts";
import { polite, type Target, target, textOf } from "../target.ts";
import { ARTIFACT, CONFIG, IMAGE, INDEX, SCHEMA1, V1 } from "./samples.ts";

const TYPES = [undefined, OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST_LIST];

/** JSON that registries and archives hold. */
export const documents: readonly Target[] = [
  target("manifest", [INDEX, IMAGE, ARTIFACT, SCHEMA1], (bytes) => {
    for (const type of TYPES) {
      const manifest = polite(() => parseManifest(bytes, type));
      if (manifest === undefined) continue;
      const { kind, ...content } = manifest;
      // By its JSON, in which -0 is 0.
      const again = parseManifest(encodeManifest(content), manifest.mediaType);
      deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(manifest)));
      for (const { size } of childrenOf(manifest)) ok(Number.isSafeInteger(size) && size >= 0);
      if (kind === "index") selectPlatform(manifest.manifests, { os: "linux", architecture: "arm", libc: "musl" });
      if (manifest.kind !== "image") continue;
      for (const archives of ["unpack", "keep"] as const) {
        const release = polite(() => readRelease(manifest, { archives, untitled: "name" }));
        for (const { descriptor } of release?.layers ?? []) splitSafePath(untitledName(descriptor), "win32");
      }
    }
  }),
  target("schema1", [SCHEMA1, IMAGE], (bytes) => {
    const payload = polite(() => payloadOf(bytes));
    for (const body of [bytes, ...(payload === undefined ? [] : [payload])]) {
      const schema1 = polite(() => parseSchema1(body));
      const image = schema1 === undefined ? undefined : polite(() => convertSchema1(schema1, new Map()));
      if (image === undefined) continue;
      parseManifest(image.manifest.bytes, image.manifest.descriptor.mediaType);
      parseImageConfig(image.config.bytes);
    }
  }),
  target("schema1-history", [V1, { throwaway: true, author: "a", comment: "b" }], (bytes) => {
    const history = [{ v1Compatibility: textOf(bytes) }];
    const manifest = { schemaVersion: 1, fsLayers: [{ blobSum: IMAGE.config.digest }], history };
    const image = convertSchema1(parseSchema1(Buffer.from(JSON.stringify(manifest))), new Map());
    parseImageConfig(image.config.bytes);
  }),
  target("image-config", [CONFIG, { config: { Cmd: ["./a/../b"], WorkingDir: "../.." } }, {}], (bytes) => {
    for (const path of commandPaths(parseImageConfig(bytes)))
      ok(!path.split("/").includes("..") && !path.startsWith("/"));
  }),
  target("layout-index", [INDEX, { imageLayoutVersion: "1.0.0" }], (bytes) => {
    polite(() => parseIndex(bytes, "index.json"));
    parseMarker(bytes, "oci-layout");
  }),
];
