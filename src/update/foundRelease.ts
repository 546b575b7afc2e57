import { AppError } from "../errors.ts";
import { CRITICAL } from "../oci/annotations.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import type { VerifiedRelease } from "../trust/verifyRelease.ts";
import type { Choice } from "./chooseReleases.ts";
import type { UpdateContext } from "./context.ts";
import type { SelectedManifest } from "./selectManifest.ts";

/** A release that is to be installed. */
export interface FoundRelease {
  readonly version: string;
  readonly source: TaggedStorage;
  readonly selected: SelectedManifest;
  /** Whether its publisher wants a start to wait for it. */
  readonly critical: boolean;
  /** The installed version that its publisher took back. */
  readonly withdrawn?: Choice["withdrawn"];
}

/** The newest version that was passed over because it is of no use. */
export interface Refusal {
  readonly version: string;
  readonly error: AppError;
}

/** Where releases are signed, only what was signed counts. */
export function isCritical({ annotations }: SelectedManifest, verified: VerifiedRelease | undefined): boolean {
  return verified === undefined ? annotations[CRITICAL] === "true" : verified.critical;
}

/** Nothing that was looked at runs here. */
export function platformMissing(context: UpdateContext, versions: readonly string[]): AppError {
  const platform = formatPlatform(context.host);
  return new AppError(
    "not-found",
    `${context.installer.name} is not published for ${platform} (looked at ${versions.slice(0, 3).join(", ")})`,
    {
      hint: `Ask ${context.installer.publisher ?? "the publisher"} for a version for ${platform}.`,
    },
  );
}

/** Asked for, and not taken because of what happened on this computer. */
export function leftOutHere(version: string): AppError {
  return new AppError(
    "not-found",
    `version ${version} is left out: it did not run on this computer, or you went back`,
    {
      hint: "To try it again, start the program with: --launcher update",
    },
  );
}
