import { AppError } from "../../errors.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { TaggedStorage } from "../../oci/storage.ts";
import { selectLaunchers } from "../../release/launcherTag.ts";
import { attempt, failed, failedBy, ok, skipped, type Verdict, warning } from "./finding.ts";
import { type Offer, readOffers } from "./offers.ts";

// Lower than every version.
const LOWEST = "0.0.0-0";
const FIX = "Make and publish them: slipway build, then slipway push --launcher.";

/** Whether installed launchers find newer ones of their own, for all the program's platforms. */
export async function checkLaunchers(
  storage: TaggedStorage,
  tags: readonly string[] | undefined,
  offers: readonly Offer[],
): Promise<Verdict> {
  if (tags === undefined) return skipped("strangers get no list of tags");
  const [newest] = selectLaunchers(tags, { newerThan: LOWEST, prereleases: true });
  if (newest === undefined)
    return warning("there is no tag launcher-VERSION: launchers that are installed stay as they are", FIX);
  const root = await attempt(async () => await storage.fetchManifest(newest.tag));
  if (root instanceof AppError) return failedBy(root);
  const found = await readOffers(storage, root, newest.tag);
  if (found.verdict.status === "failed") return failed(`${newest.tag}: ${found.verdict.detail}`, FIX);
  const wrong = found.offers.find(({ manifest }) => manifest.layers.length !== 1);
  if (wrong !== undefined)
    return failed(`${newest.tag} has ${wrong.manifest.layers.length} files for ${wrong.name}, not one`, FIX);
  const has = new Set(found.offers.map(platformOf));
  const lacking = offers.map(platformOf).filter((platform) => platform !== undefined && !has.has(platform));
  if (lacking.length > 0) return warning(`${newest.tag} is the newest, and has none for ${lacking.join(", ")}`, FIX);
  return ok(`${newest.tag} is the newest, for ${[...has].join(", ")}`);
}

function platformOf({ platform }: Offer): string | undefined {
  return platform === undefined ? undefined : formatPlatform(platform);
}
