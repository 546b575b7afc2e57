import { AppError } from "../../errors.ts";
import { TITLE } from "../../oci/annotations.ts";
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
  const wrong = found.offers.find((offer) => countFiles(offer) !== 1);
  if (wrong !== undefined)
    return failed(`${newest.tag} has ${countFiles(wrong)} files for ${wrong.name}, not one`, FIX);
  const has = new Set(found.offers.map(platformOf));
  const lacking = offers.map(platformOf).filter((platform) => platform !== undefined && !has.has(platform));
  if (lacking.length > 0) return warning(`${newest.tag} is the newest, and has none for ${lacking.join(", ")}`, FIX);
  return ok(`${newest.tag} is the newest, for ${[...has].join(", ")}`);
}

/** What has no title is not a file to start: the same one compressed ahead, or an icon. */
function countFiles({ manifest }: Offer): number {
  return manifest.layers.filter(({ annotations }) => annotations?.[TITLE] !== undefined).length;
}

function platformOf({ platform }: Offer): string | undefined {
  return platform === undefined ? undefined : formatPlatform(platform);
}
