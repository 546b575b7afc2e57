import type { Installer } from "../../config/installer.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { shortKey } from "../../trust/publicKey.ts";
import { verifyRelease } from "../../trust/verifyRelease.ts";
import { AppError } from "../../errors.ts";
import { versionOfTag } from "../../release/versionTag.ts";
import { currentKeys } from "../trust.ts";
import { attempt, failedBy, ok, skipped, type Verdict } from "./finding.ts";

/** Whether a release is signed by those whom installer.json trusts. */
export type CheckSignatures = (root: FetchedManifest, question: SignatureQuestion) => Promise<Verdict>;

export interface SignatureQuestion {
  /** The repository as strangers see it. */
  readonly source: TaggedStorage;
  readonly tags: readonly string[];
  /** The tag or digest by which the release was found. */
  readonly label: string;
}

/** How a release's signatures are checked: the one place that knows. */
export function signatureCheck(installer: Installer | undefined): CheckSignatures {
  if (installer === undefined)
    return async () => skipped("there is no installer.json of this program here, which would name who is trusted");
  if (installer.trust === undefined)
    return async () =>
      ok(
        "none: whoever may write to the registry decides what runs. To have launchers accept nothing else: slipway keygen",
      );
  return async (root, { source, tags, label }) => {
    const keyring = await attempt(async () => await currentKeys(installer, source, tags));
    if (keyring instanceof AppError) return failedBy(keyring);
    if (keyring === undefined) return skipped("installer.json trusts nobody in particular");
    const expected = { id: installer.id, kind: "program", version: versionOfTag(label) } as const;
    const options = { quorum: keyring, expected, tags: new Set(tags) };
    const release = await attempt(async () => await verifyRelease(source, root, options));
    if (release instanceof AppError) return failedBy(release);
    const signers = release.signers.map(({ id }) => shortKey(id)).join(", ");
    return ok(`signed by ${signers}${release.by === "cosign" ? ", with cosign" : ""}, whom installer.json trusts`);
  };
}
