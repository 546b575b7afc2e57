import * as v from "valibot";
import { AppError } from "../errors.ts";
import { CREATED, CRITICAL, SIGNATURE } from "../oci/annotations.ts";
import { describe, type Descriptor, digestSchema, mediaTypeSchema, sizeSchema } from "../oci/descriptor.ts";
import { encodeManifest, type ImageIndex, parseManifest } from "../oci/manifest.ts";
import { parseJson, parseValueAs } from "../oci/parse.ts";
import { formatPlatform, platformSchema } from "../oci/platform.ts";
import type { FetchedManifest } from "../oci/storage.ts";
import { encodeEnvelope, type Envelope, openEnvelope, parseEnvelope, type Quorum, readUnverified } from "./dsse.ts";
import type { PublicKey } from "./publicKey.ts";

/** A statement about a release: whose it is, which one, and every manifest of it. */
export const RELEASE_STATEMENT = "application/vnd.slipway.release.v1+json";

/** What a release is of: the program, or its launcher, which may have the same version. */
export type ReleaseKind = "program" | "launcher";

const childSchema = v.object({
  mediaType: mediaTypeSchema,
  digest: digestSchema,
  size: sizeSchema,
  platform: v.exactOptional(platformSchema),
});

const statementSchema = v.object({
  /** The program's id: the same key may sign several programs, on any registry. */
  id: v.string(),
  kind: v.picklist(["program", "launcher"]),
  /** SemVer. */
  version: v.string(),
  /** RFC 3339. */
  created: v.exactOptional(v.string()),
  critical: v.optional(v.boolean(), false),
  manifests: v.array(childSchema),
});

export type ReleaseStatement = v.InferOutput<typeof statementSchema>;

export interface StatementOptions {
  readonly id: string;
  readonly kind: ReleaseKind;
  readonly version: string;
  /** RFC 3339; what the index says of itself comes first. */
  readonly created: string;
}

/** The envelope, not yet signed, over what an index holds. @throws AppError `usage` for what is no index. */
export function composeStatement(root: FetchedManifest, { id, kind, version, created }: StatementOptions): Envelope {
  const { manifests, annotations = {} } = readIndex(root);
  const statement = {
    id,
    kind,
    version,
    created: annotations[CREATED] ?? created,
    ...(annotations[CRITICAL] === "true" ? { critical: true } : {}),
    // JSON leaves out what is undefined.
    manifests: manifests.map(({ mediaType, digest, size, platform }) => ({ mediaType, digest, size, platform })),
  };
  return { payloadType: RELEASE_STATEMENT, payload: Buffer.from(JSON.stringify(statement)), signatures: [] };
}

/** The envelope that the index carries, if any. @throws AppError `bad-data` for one that cannot be read. */
export function readSignature(root: FetchedManifest): Envelope | undefined {
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  const text = manifest.annotations?.[SIGNATURE];
  return text === undefined ? undefined : parseEnvelope(Buffer.from(text), "the release's signature");
}

/** Whether there is a signature, whoever made it. @throws AppError `bad-data` for what is no manifest. */
export function isSigned({ bytes, descriptor }: FetchedManifest): boolean {
  return parseManifest(bytes, descriptor.mediaType).annotations?.[SIGNATURE] !== undefined;
}

/** The same index with this envelope in it, or with none. Everything else stays as it was, in its order. */
export function withSignature(root: FetchedManifest, envelope: Envelope | undefined): FetchedManifest {
  readIndex(root);
  const index = parseJson(root.bytes, "index") as Record<string, unknown>;
  const before = Object.entries((index["annotations"] ?? {}) as Record<string, string>);
  const entries = [
    ...before.filter(([key]) => key !== SIGNATURE),
    ...(envelope === undefined ? [] : [[SIGNATURE, encodeEnvelope(envelope)] as const]),
    // In the order in which Go's tools write a map, so that a copy of theirs has the same bytes.
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const { annotations: _before, ...others } = index;
  const bytes = encodeManifest({
    ...others,
    ...(entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) }),
  });
  return { descriptor: describe(root.descriptor.mediaType, bytes), bytes };
}

/** What is expected of a release. */
export interface Expected {
  /** The program's id; not compared when undefined. */
  readonly id: string | undefined;
  readonly kind: ReleaseKind;
  /** The version under which it was found; undefined for what is asked for by its digest. */
  readonly version: string | undefined;
}

/**
 * Checks the signature that an index carries: enough keys, the right program and version, and exactly the manifests
 * that are in the index, in their order.
 *
 * @throws AppError `bad-data` that says which of it is wrong.
 */
export function verifyStatement(
  root: FetchedManifest,
  envelope: Envelope,
  { quorum, expected }: { readonly quorum: Quorum; readonly expected: Expected },
): { readonly statement: ReleaseStatement; readonly signers: readonly PublicKey[] } {
  const what = "the release";
  const { value, signers } = openEnvelope(envelope, quorum, { payloadType: RELEASE_STATEMENT, what });
  const statement = readExpected(value, expected);
  // TUF 1.5.1 "mix-and-match attack": the statement is about all of them together.
  const index = readIndex(root);
  if (!isSameList(index.manifests, statement.manifests)) {
    const there = index.manifests.map(({ platform }) => (platform === undefined ? "?" : formatPlatform(platform)));
    throw wrong(`its manifests (${there.join(", ")}) are not those that were signed`);
  }
  return { statement, signers };
}

/**
 * Checks what an index says in its signature where somebody else stands for the index as a whole: what it is has been
 * signed along with it. @throws AppError `bad-data` for another program, kind or version.
 */
export function checkClaim(envelope: Envelope, expected: Expected): void {
  readExpected(readUnverified(envelope, { payloadType: RELEASE_STATEMENT, what: "the release" }), expected);
}

function readExpected(value: unknown, { id, kind, version }: Expected): ReleaseStatement {
  const statement = parseValueAs(statementSchema, value, "the signed statement");
  // TUF 1.5.1 "wrong software installation": another program of the same publisher is none of this one's.
  if (id !== undefined && statement.id !== id) throw wrong(`it is a release of ${statement.id}, not of ${id}`);
  if (statement.kind !== kind) throw wrong(`it is the ${statement.kind}, not the ${kind}`);
  // TUF 1.5.1 "rollback attack": an old release under a new tag is not a new release.
  if (version !== undefined && statement.version !== version)
    throw wrong(`it was signed as version ${statement.version}, not as ${version}`);
  return statement;
}

function isSameList(index: readonly Descriptor[], signed: ReleaseStatement["manifests"]): boolean {
  return (
    index.length === signed.length &&
    index.every((child, position) => {
      const other = signed[position];
      return (
        other !== undefined &&
        child.digest === other.digest &&
        child.size === other.size &&
        child.mediaType === other.mediaType &&
        canonical(child.platform) === canonical(other.platform)
      );
    })
  );
}

/** Keys in one order, at the top and below: tools that copy an index may write them in another. */
function canonical(platform: Descriptor["platform"]): string {
  return JSON.stringify(Object.entries(platform ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readIndex(root: FetchedManifest): ImageIndex {
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  if (manifest.kind === "index") return manifest;
  throw new AppError("bad-data", "this is a single manifest, which has no index to carry a signature", {
    hint: "Publish it as a release with: slipway push HOST/NAME:VERSION PLATFORM=PATH; or sign it with cosign.",
  });
}

function wrong(why: string): AppError {
  return new AppError("bad-data", `the release is not what it is offered as: ${why}`, {
    hint: "Nothing of it is used. Tell the publisher.",
  });
}
