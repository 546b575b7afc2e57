import { AppError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import { versionOfTag } from "../release/versionTag.ts";
import type { Quorum } from "../trust/dsse.ts";
import type { ReleaseKind } from "../trust/releaseStatement.ts";
import { type VerifiedRelease, verifyRelease } from "../trust/verifyRelease.ts";
import { openSource, type Place, tagOfPlace } from "./place.ts";

export interface SignatureQuestion {
  readonly network: RegistryClient;
  readonly cwd: string;
  readonly quorum: Quorum;
  /** The program's id; not compared when undefined. */
  readonly id: string | undefined;
}

/** Who stands for what a place holds, as a launcher would judge it. @throws AppError `bad-data` when nobody does. */
export async function checkSignature(
  place: Place,
  { quorum, id, ...opening }: SignatureQuestion,
): Promise<VerifiedRelease> {
  await using source = await openSource(place, opening);
  const root = await source.root();
  return await verifyRelease(source.storage, root, {
    quorum,
    expected: { id, ...readTag(tagOfPlace(place)) },
    tags: new Set(await tagsIfListed(source.storage)),
  });
}

/** A tag that is no version, or none at all, promises nothing. */
function readTag(tag: string | undefined): { readonly kind: ReleaseKind; readonly version: string | undefined } {
  const kind = tag?.startsWith("launcher-") === true ? "launcher" : "program";
  return { kind, version: tag === undefined ? undefined : versionOfTag(tag.replace(/^launcher-/, "")) };
}

/** Where tags may not be listed, cosign's signatures are not found; others are in the release itself. */
async function tagsIfListed(storage: { tags(): Promise<string[]> }): Promise<string[]> {
  try {
    return await storage.tags();
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
