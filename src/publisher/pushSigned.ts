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
  // Without keys they are for the warnings alone, and some registries let people push who may not list.
  const tags = await tagsOf(target).catch((error: unknown) => {
    if (signers.length === 0 && error instanceof AppError) return [];
    throw error;
  });
  const keyring = installer === undefined ? undefined : await currentKeys(installer, target, tags);
  refuseStrangers(signers, keyring);
  const seal = async (index: FetchedManifest) => {
    if (installer === undefined || signers.length === 0) return await keepSignatures(target, index, tag);
    const created = new Date().toISOString();
    const trusted = keyring?.keys;
    return await sealIndex(target, index, { id: installer.id, kind, version, created, trusted, tag, signers });
  };
  let root: FetchedManifest | undefined;
  const result = await pushRelease(request, {
    ...to,
    seal: async (index) => {
      const sealed = await seal(index);
      root = sealed.index;
      return sealed;
    },
  });
  if (root === undefined) throw new AppError("internal", "a release was pushed without its index");
  if (cosign) await pushCosignSignatures(target, root, { reference, signers });
  const warnings = await warningsOf({ target, tags, installer, keyring, reference, kind, version, root });
  return { result, warnings };
}
