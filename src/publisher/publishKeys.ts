import type { Installer } from "../config/installer.ts";
import { AppError } from "../errors.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { type Signer, signEnvelope } from "../trust/dsse.ts";
import { acceptKeys, composeKeysStatement, type Keyring } from "../trust/keyring.ts";
import { tagOfKeys } from "../update/findKeys.ts";
import { currentKeys, isThere, pushDocument, tagsOf } from "./trust.ts";

export interface KeysPublication {
  readonly installer: Installer;
  readonly target: TaggedStorage;
  /** The keys that hold, and those that are to follow. */
  readonly current: Keyring;
  readonly next: Keyring;
  readonly signers: readonly Signer[];
}

/** A statement about keys that launchers will accept, ready to be published. @throws AppError `bad-data`. */
export function composeKeys({ installer, target, current, next, signers }: KeysPublication): {
  readonly publish: () => Promise<void>;
} {
  const { id } = installer;
  const [first, ...others] = signers;
  if (first === undefined) throw new AppError("internal", "nobody signs");
  const statement = composeKeysStatement({ id, next, issued: new Date().toISOString(), signer: first });
  const envelope = others.reduce((signed, signer) => signEnvelope(signed, signer), statement);
  // What a launcher will do with it, before anybody sees it.
  acceptKeys(current, envelope, { id, named: next.sequence });
  return {
    // Computers that took another statement of the same number could not go on from this one.
    async publish() {
      const now = await currentKeys(installer, target, await tagsOf(target));
      if (now?.sequence !== current.sequence) throw raced();
      const tag = tagOfKeys(next.sequence);
      const pushed = await pushDocument(target, envelope, tag);
      if (!(await isThere(target, tag, pushed))) throw raced();
    },
  };
}

function raced(): AppError {
  return new AppError("temporary", "somebody else has replaced the keys at the same time", {
    hint: "Find out who that was. Then go on from theirs: slipway rotate once more.",
  });
}
