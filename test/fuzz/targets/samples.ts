import { gzipSync } from "node:zlib";
import { formatTarHeaders, padding, TAR_END } from "../../../src/archive/tarHeader.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { OCI_IMAGE_CONFIG, OCI_INDEX, OCI_LAYER_TAR, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";

/** A tar of plain files. */
export function filesTar(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content as string);
    return [formatTarHeaders(name, bytes.byteLength), bytes, padding(bytes.byteLength)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

export const LAYER = filesTar({ "bin/app": "#!/bin/sh\n", "lib/data": "x".repeat(700) });
const LAYER_GZIP = gzipSync(LAYER);

export const CONFIG = {
  architecture: "amd64",
  os: "linux",
  config: { Entrypoint: ["app", "serve"], Cmd: null, Env: ["PATH=/usr/bin:/bin"], WorkingDir: "/srv" },
  rootfs: { type: "layers", diff_ids: [digestOf(LAYER)] },
};

function describe(
  mediaType: string,
  content: string | Uint8Array,
): { mediaType: string; digest: string; size: number } {
  const bytes = Buffer.from(content as string);
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

export const IMAGE = {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: describe(OCI_IMAGE_CONFIG, JSON.stringify(CONFIG)),
  layers: [{ ...describe(`${OCI_LAYER_TAR}+gzip`, LAYER_GZIP) }],
};

export const ARTIFACT = {
  ...IMAGE,
  artifactType: "application/vnd.slipway.app.v1",
  layers: [
    {
      ...describe("application/vnd.slipway.file.v1+zstd", "x"),
      annotations: {
        "org.opencontainers.image.title": "bin/app",
        "vnd.slipway.executable": "true",
        "vnd.slipway.uncompressed.size": "12",
      },
    },
  ],
  annotations: { "vnd.slipway.entrypoint": "bin/app", "sh.brew.tab": "{}" },
  subject: describe(OCI_MANIFEST, "y"),
};

export const INDEX = {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [
    {
      ...describe(OCI_MANIFEST, JSON.stringify(IMAGE)),
      platform: { os: "linux", architecture: "arm", variant: "v7", "os.version": "1.2", "os.features": ["libc.musl"] },
      annotations: { "org.opencontainers.image.ref.name": "1.0" },
    },
    { ...describe(OCI_MANIFEST, "z"), platform: { os: "windows", architecture: "amd64", "os.version": "10.0.17763" } },
  ],
};

export const V1 = {
  created: "2015-01-01T00:00:00Z",
  os: "linux",
  config: { Cmd: ["sh"] },
  container_config: { Cmd: ["x"] },
};

const UNSIGNED = JSON.stringify(
  {
    schemaVersion: 1,
    name: "library/app",
    tag: "1",
    architecture: "amd64",
    fsLayers: [{ blobSum: digestOf(LAYER_GZIP) }, { blobSum: digestOf(LAYER) }],
    history: [
      { v1Compatibility: JSON.stringify(V1) },
      { v1Compatibility: JSON.stringify({ throwaway: true, author: "a", comment: "b" }) },
    ],
  },
  undefined,
  3,
);
const SIGNED_LENGTH = UNSIGNED.length - 2;
const PROTECTED = Buffer.from(
  JSON.stringify({ formatLength: SIGNED_LENGTH, formatTail: Buffer.from("\n}").toString("base64url") }),
).toString("base64url");
export const SCHEMA1 = `${UNSIGNED.slice(0, SIGNED_LENGTH)},\n   "signatures": [{"protected":"${PROTECTED}"}]\n}`;

/** An image layout in a tar, and what `docker save` makes of the same. */
export const LAYOUT_TAR = filesTar({
  "oci-layout": '{"imageLayoutVersion":"1.0.0"}',
  "index.json": JSON.stringify(INDEX),
  [`blobs/sha256/${digestOf(Buffer.from(JSON.stringify(IMAGE))).slice(7)}`]: JSON.stringify(IMAGE),
  [`blobs/sha256/${IMAGE.config.digest.slice(7)}`]: JSON.stringify(CONFIG),
});
export const DOCKER_TAR = filesTar({
  "manifest.json": JSON.stringify([{ Config: "config.json", RepoTags: ["app:1.0"], Layers: ["a/layer.tar"] }]),
  "config.json": JSON.stringify(CONFIG),
  "a/layer.tar": LAYER,
});
