import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import type { FetchedManifest } from "../oci/storage.ts";
import type { Signer } from "../trust/dsse.ts";
import type { ReleaseKind } from "../trust/releaseStatement.ts";
import { pushRelease, type PushTarget, type ReleaseRequest, type ReleaseResult } from "./pushRelease.ts";
import { pushCosignSignatures, sealIndex } from "./signRelease.ts";
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

/** Publishes a release with signatures in its index. @throws AppError `usage` for keys that no launcher would believe. */
export async function pushSigned(
  request: ReleaseRequest,
  to: PushTarget,
  { kind, installer, signers, cosign }: Signing,
): Promise<ReleaseResult> {
  if (cosign && signers.length === 0)
    throw new AppError("usage", "--cosign needs a key to sign with", { hint: "Name one: --sign-key FILE" });
  if (signers.length === 0) return await pushRelease(request, to);
  if (installer === undefined)
    throw new AppError("usage", "whose release is it? No installer.json here is about that repository", {
      hint: "The program's id is signed too: name the file with --config, or sign afterwards: slipway sign REFERENCE --id ID",
    });
  const { target } = to;
  const { reference, version } = request;
  const keyring = await currentKeys(installer, target, await tagsOf(target));
  refuseStrangers(signers, keyring);
  const statement = { id: installer.id, kind, version, created: new Date().toISOString(), trusted: keyring?.keys };
  let signed: FetchedManifest | undefined;
  const result = await pushRelease(request, {
    ...to,
    async seal(index) {
      const sealed = await sealIndex(target, index, { ...statement, tag: reference.tag ?? "", signers });
      signed = sealed.index;
      return sealed;
    },
  });
  if (cosign && signed !== undefined) await pushCosignSignatures(target, signed, { reference, signers });
  return result;
}
