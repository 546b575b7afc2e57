import type { Installer } from "../../config/installer.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { ok, skipped, type Verdict } from "./finding.ts";

/** Whether a release is signed by those whom installer.json trusts. */
export type CheckSignatures = (
  root: FetchedManifest,
  source: TaggedStorage,
  tags: readonly string[],
) => Promise<Verdict>;

/** How a release's signatures are checked: the one place that knows. */
export function signatureCheck(installer: Installer | undefined): CheckSignatures {
  const keys = installer?.trust?.keys ?? [];
  if (installer === undefined)
    return async () => skipped("there is no installer.json of this program here, which would name who is trusted");
  if (keys.length === 0)
    return async () =>
      ok("none: nobody can tell who published it, and whoever may write to the registry decides what runs");
  return async () => skipped("not wired yet");
}
