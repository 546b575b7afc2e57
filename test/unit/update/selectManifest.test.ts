import { expect, test } from "vitest";
import { describe } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { platformsOf } from "../../../src/update/selectManifest.ts";
import { sampleIndex } from "../../support/signed.ts";

test("the platforms of an index are words for people, whoever has written it", () => {
  const root = sampleIndex(["linux/amd64", "darwin/arm64"]);
  expect(platformsOf(root)).toEqual(["darwin/arm64", "linux/amd64"]);
  const { manifests } = JSON.parse(Buffer.from(root.bytes).toString()) as { manifests: object[] };
  const platform = { os: "linux\u001b[2J", architecture: "a\u202eb" };
  const bytes = encodeManifest({ schemaVersion: 2, manifests: [{ ...manifests[0], platform }] });
  expect(platformsOf({ descriptor: describe(OCI_INDEX, bytes), bytes })).toEqual(["linux [2J/a b"]);
});
