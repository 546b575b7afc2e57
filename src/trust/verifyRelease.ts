import { AppError } from "../errors.ts";
import { CRITICAL } from "../oci/annotations.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { FetchedManifest, TaggedStorage } from "../oci/storage.ts";
import { versionOfTag } from "../release/versionTag.ts";
import { type CosignSignature, findCosignSignatures, ownVersion } from "./cosign.ts";
import type { CosignTags } from "./cosignTags.ts";
import type { Envelope, Quorum } from "./dsse.ts";
import type { PublicKey } from "./publicKey.ts";
import { checkClaim, type Expected, readSignature, verifyStatement } from "./releaseStatement.ts";

/** A release of which it is known who stands for it. */
export interface VerifiedRelease {
  readonly by: "slipway" | "cosign";
  readonly signers: readonly PublicKey[];
  /** The version that was signed; undefined where a signature of cosign's says nothing of it. */
  readonly version: string | undefined;
  readonly id: string | undefined;
  /** Whether its publisher wants a start to wait for it. */
  readonly critical: boolean;
}

export interface VerifyReleaseOptions {
  readonly quorum: Quorum;
  readonly expected: Expected;
  /** Of the repository: among them are those of cosign's signatures. */
  readonly tags: CosignTags;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks who stands for what a tag or a digest gave: by the signature in the index, or else by cosign's.
 *
 * @throws AppError `bad-data` that says why nobody does who is trusted.
 */
export async function verifyRelease(
  source: TaggedStorage,
  root: FetchedManifest,
  { quorum, expected, tags, signal }: VerifyReleaseOptions,
): Promise<VerifiedRelease> {
  let envelope: Envelope | undefined;
  let problem: AppError | undefined;
  try {
    envelope = readSignature(root);
    if (envelope !== undefined) {
      const { statement, signers } = verifyStatement(root, envelope, { quorum, expected });
      return {
        by: "slipway",
        signers,
        version: statement.version,
        id: statement.id,
        critical: statement.critical,
      };
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    problem = error;
  }
  let untold: AppError | undefined;
  const signatures = await findCosignSignatures(source, root.descriptor.digest, {
    tags,
    keys: quorum.keys,
    signal,
    onUntold: (error) => (untold = error),
  });
  try {
    if (signatures.length === 0) throw problem ?? notSigned();
    // Whoever signs a program and its launcher with both would else have the one taken for the other.
    if (envelope !== undefined) checkClaim(envelope, expected);
    return verifyCosign(root, signatures, { quorum, expected });
  } catch (error) {
    if (untold === undefined || !(error instanceof AppError)) throw error;
    const { code, message, hint, remedy } = error;
    throw new AppError(code, `${message}; cosign's signatures may be missing (${untold.message})`, {
      hint,
      remedy,
      cause: untold,
    });
  }
}

function notSigned(): AppError {
  return new AppError("bad-data", "the release is not signed, and installer.json trusts only what is", {
    hint: "Nothing of it is used.",
    remedy: { kind: "sign-release" },
  });
}

/**
 * cosign signs a digest, and nothing of what it is meant for. What a manifest says of itself is under that digest; a
 * manifest that does not say its version could be offered as any other.
 */
function verifyCosign(
  root: FetchedManifest,
  signatures: readonly CosignSignature[],
  { quorum, expected }: Pick<VerifyReleaseOptions, "quorum" | "expected">,
): VerifiedRelease {
  const own = ownVersion(root);
  const valid = signatures.filter(
    ({ annotations }) =>
      isUnlessSaid(annotations["id"], expected.id) &&
      (expected.version === undefined || versionOf(annotations["version"], own) === expected.version),
  );
  const signers = [...new Map(valid.map(({ signer }) => [signer.id, signer])).values()];
  if (signers.length >= Math.max(1, quorum.threshold)) {
    const { annotations } = parseManifest(root.bytes, root.descriptor.mediaType);
    const [first] = valid;
    return {
      by: "cosign",
      signers,
      version: versionOf(first?.annotations["version"], own),
      id: typeof first?.annotations["id"] === "string" ? first.annotations["id"] : undefined,
      critical: annotations?.[CRITICAL] === "true",
    };
  }
  if (valid.length > 0)
    throw new AppError(
      "bad-data",
      `the release is signed by ${signers.length} of the ${quorum.threshold} keys that have to (with cosign)`,
    );
  const said = versionOf(signatures[0]?.annotations["version"], own);
  throw new AppError(
    "bad-data",
    said === undefined
      ? "cosign's signature does not say which version the release is"
      : `the release is not what it is offered as: cosign's signature is over ${said}, not ${expected.version ?? "this program"}`,
    { hint: "The publisher can say it along with the signature: cosign sign -a version=1.2.0" },
  );
}

function versionOf(annotation: unknown, own: string | undefined): string | undefined {
  const text = typeof annotation === "string" ? annotation : own;
  return text === undefined ? undefined : versionOfTag(text.replace("+", "_"));
}

function isUnlessSaid(said: unknown, wanted: string | undefined): boolean {
  return said === undefined || wanted === undefined || said === wanted;
}
