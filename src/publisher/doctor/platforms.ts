import { AppError } from "../../errors.ts";
import { formatPlatform, type Host, selectPlatform } from "../../oci/platform.ts";
import type { TaggedStorage } from "../../oci/storage.ts";
import { TARGETS } from "../../packaging/targets.ts";
import { newestFirst, parseTags } from "../../release/resolve.ts";
import { platformsOf } from "../../update/selectManifest.ts";
import { attempt, failed, ok, skipped, type Verdict, warning } from "./finding.ts";
import type { Offer } from "./offers.ts";

/** Whose computers the release is for, and whether somebody was forgotten. */
export function judgePlatforms(offers: readonly Offer[], earlier: Earlier | undefined): Verdict {
  const named = offers.filter(({ platform }) => platform !== undefined);
  if (named.length === 0)
    return offers.length === 0
      ? failed("the index has none", "Publish a program for each platform: slipway push VERSION PLATFORM=PATH...")
      : skipped("a single manifest has none");
  const names = named.map(({ name }) => name).join(", ");
  // A Mac with Apple's processor takes a program for the other one.
  const serves = (host: Host): boolean => selectPlatform(named.map(plain), host) !== undefined;
  const dropped = (earlier?.platforms ?? []).filter((platform) => {
    const [os = "", architecture = ""] = platform.split("/");
    return !serves({ os, architecture });
  });
  if (earlier !== undefined && dropped.length > 0)
    return warning(
      `${names}; version ${earlier.version} was also for ${dropped.join(", ")}`,
      `Who has it there stays with ${earlier.version}. If that is not what you want, publish the next version for ${dropped.join(", ")} too.`,
    );
  const missing = TARGETS.filter(({ platform }) => !serves(platform));
  const others = missing.map(({ platform }) => formatPlatform(platform)).join(", ");
  return ok(others === "" ? names : `${names}; nothing for ${others}`);
}

function plain({ platform }: Offer) {
  return platform === undefined ? {} : { platform };
}

/** What the version before had. */
export interface Earlier {
  readonly version: string;
  readonly platforms: readonly string[];
}

export async function readEarlier(
  storage: TaggedStorage,
  tags: readonly string[],
  label: string,
): Promise<Earlier | undefined> {
  const ordered = newestFirst(parseTags(tags));
  const position = ordered.findIndex(({ tag }) => tag === label);
  const before = position === -1 ? undefined : ordered[position + 1];
  if (before === undefined) return undefined;
  const root = await attempt(async () => await storage.fetchManifest(before.tag));
  // An old version that is gone is no fault of this one.
  return root instanceof AppError ? undefined : { version: before.version, platforms: platformsOf(root) };
}
