import type { Digest } from "../../src/oci/digest.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { contentOf, type FetchedManifest, type TaggedStorage } from "../../src/oci/storage.ts";
import { signIndex } from "../../src/publisher/signRelease.ts";
import { composeIndex } from "../../src/release/compose.ts";
import type { Signer } from "../../src/trust/dsse.ts";
import type { ReleaseKind } from "../../src/trust/releaseStatement.ts";
import { blobOf } from "./bytes.ts";
import { pushSample, type SampleOptions } from "./sample.ts";

export const ID = "com.example.app";

export interface SignedSampleOptions extends SampleOptions {
  readonly signers: readonly Signer[];
  /** What is signed, if it is not the truth. */
  readonly id?: string;
  readonly kind?: ReleaseKind;
  readonly version?: string;
}

/** Pushes a small release, signed, and gives its index. */
export async function pushSigned(storage: TaggedStorage, options: SignedSampleOptions): Promise<FetchedManifest> {
  const { tag, signers, id = ID, kind = "program", version = tag } = options;
  await pushSample(storage, options);
  const created = "2026-01-02T03:04:05Z";
  const signed = signIndex(await storage.fetchManifest(tag), signers, { id, kind, version, created });
  await storage.push(signed.descriptor, contentOf(signed.bytes), { tag });
  return signed;
}

/** An index over platforms whose manifests nobody needs to fetch. */
export function sampleIndex(
  platforms: readonly string[],
  annotations: Readonly<Record<string, string>> = {},
): FetchedManifest {
  const manifests = platforms.map((name) => ({
    descriptor: { ...blobOf(Buffer.from(name)), mediaType: "application/vnd.oci.image.manifest.v1+json" },
    platform: parsePlatform(name),
  }));
  return composeIndex({ manifests, title: "app", version: "1.0.0", annotations });
}

export const digestOfNothing = `sha256:${"0".repeat(64)}` as Digest;
