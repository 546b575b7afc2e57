import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import type { FetchedManifest } from "../oci/storage.ts";
import type { Signer } from "../trust/dsse.ts";
import type { ReleaseKind } from "../trust/releaseStatement.ts";
import { pushRelease, type PushTarget, type ReleaseRequest, type ReleaseResult } from "./pushRelease.ts";
import { warningsOf } from "./releaseWarnings.ts";
import { keepSignatures, pushCosignSignatures, sealIndex } from "./signRelease.ts";
import { currentKeys, refuseStrangers, tagsOf } from "./trust.ts";

export interface Signing {
  readonly kind: ReleaseKind;
  /** Whose id is signed, and whose launchers have to believe it. */
  readonly installer: Installer | undefined;
  /** None for a release that is not signed. */
  readonly signers: readonly Signer[];
  /** Whether to sign for cosign too. */
  readonly cosign: boolean;
}

export interface SignedPush {
  readonly result: ReleaseResult;
  /** What is left to do before launchers take it: a sentence each. */
  readonly warnings: readonly string[];
}

/** Publishes a release with signatures in its index. @throws AppError `usage` for keys that no launcher would believe. */
export async function pushSigned(
  request: ReleaseRequest,
  to: PushTarget,
  { kind, installer, signers, cosign }: Signing,
): Promise<SignedPush> {
  if (cosign && signers.length === 0)
    throw new AppError("usage", "--cosign needs a key to sign with", { hint: "Name one: --sign-key FILE" });
  if (signers.length > 0 && installer === undefined)
    throw new AppError("usage", "whose release is it? No installer.json here is about that repository", {
      hint: "The program's id is signed too: name the file with --config, or sign afterwards: slipway sign REFERENCE --id ID",
    });
  const { target } = to;
  const { reference, version } = request;
  const { tag = "" } = reference;
  const sign = installer === undefined || signers.length === 0 ? undefined : await openSigning(installer, to, signers);
  let root: FetchedManifest | undefined;
  const result = await pushRelease(request, {
    ...to,
    signers,
    seal: async (index, before) => {
      const sealed =
        sign === undefined
          ? await keepSignatures(target, index, { tag, before })
          : await sealIndex(target, index, { ...sign, kind, version, tag, signers });
      root = sealed.index;
      return sealed;
    },
  });
  const isKept = result.result === "kept";
  if (isKept) root = await target.fetchManifest(result.digest);
  if (root === undefined) throw new AppError("internal", "a release was pushed without its index");
  if (cosign && !isKept) await pushCosignSignatures(target, root, { reference, signers });
  // What nobody has to sign, and no channel can have named: there is nothing to ask for.
  const isPlain = installer?.trust === undefined && result.result !== "replaced";
  const warnings = isPlain ? [] : await warningsOf({ target, installer, reference, kind, version, root });
  return { result, warnings };
}

/** @throws AppError `usage` for keys that no launcher would believe. */
async function openSigning(installer: Installer, { target }: PushTarget, signers: readonly Signer[]) {
  const keyring = await currentKeys(installer, target, await tagsOf(target));
  refuseStrangers(signers, keyring);
  return { id: installer.id, created: new Date().toISOString(), trusted: keyring?.keys };
}
