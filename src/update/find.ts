import { AppError } from "../errors.ts";
import { CRITICAL, VERSION } from "../oci/annotations.ts";
import { shortDigest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { explainNoVersion, selectVersions } from "../release/resolve.ts";
import type { VersionRequest } from "../release/versionRequest.ts";
import type { Activation } from "../store/activation.ts";
import type { Quarantined } from "../store/state.ts";
import type { Origin, UpdateContext } from "./context.ts";
import { platformsOf, type SelectedManifest, selectManifest } from "./selectManifest.ts";

export type Finding = { readonly kind: "up-to-date" } | { readonly kind: "found"; readonly release: FoundRelease };

export interface FoundRelease {
  readonly version: string;
  readonly source: TaggedStorage;
  readonly selected: SelectedManifest;
}

/** Whether its publisher wants a start to wait for it. */
export function isCritical({ selected }: FoundRelease): boolean {
  return selected.annotations[CRITICAL] === "true";
}

export interface FindOptions {
  readonly request: VersionRequest;
  readonly activation: Activation | undefined;
  /** Versions that failed on this computer. */
  readonly quarantine: readonly Quarantined[];
  readonly signal: AbortSignal;
}

// Releases without this platform are passed over; somebody who stopped building for it should not cost 1,000 requests.
const MAX_LOOKUPS = 20;

/** Asks one origin for the newest release that the request allows and that runs here. */
export async function findRelease(context: UpdateContext, origin: Origin, options: FindOptions): Promise<Finding> {
  const source = await origin.open();
  if (options.request.kind === "digest") return await findDigest(context, { origin, source, options });

  const tags = await source.tags({ signal: options.signal });
  context.onTags?.(tags);
  const question = {
    tags,
    request: options.request,
    prereleases: context.settings.prereleases,
    quarantined: options.quarantine.map(({ version }) => version),
    ...(options.activation === undefined ? {} : { installed: options.activation.current.version }),
  };
  const candidates = selectVersions(question);
  context.log("candidates", {
    repository: origin.name,
    tags: tags.length,
    newest: candidates.slice(0, 5).map(({ version }) => version),
  });
  if (candidates.length === 0) {
    // Something is installed and the repository has nothing that is newer.
    if (options.activation !== undefined && options.request.kind === "latest") return { kind: "up-to-date" };
    throw explainNoVersion(question);
  }

  const lacking: string[] = [];
  for (const { version, tag } of candidates.slice(0, MAX_LOOKUPS)) {
    // Releases do not change: the version alone says that it is here already, and saves two requests.
    if (version === options.activation?.current.version) return { kind: "up-to-date" };
    const root = await source.fetchManifest(tag, { signal: options.signal });
    const selected = await selectManifest(source, root, { host: context.host, signal: options.signal });
    if (selected !== undefined) return { kind: "found", release: { version, source, selected } };
    context.log("platform-missing", { version, offers: platformsOf(root) });
    lacking.push(version);
  }
  if (options.activation !== undefined && options.request.kind === "latest") return { kind: "up-to-date" };
  throw platformMissing(context, lacking);
}

async function findDigest(
  context: UpdateContext,
  { origin, source, options }: { origin: Origin; source: TaggedStorage; options: FindOptions },
): Promise<Finding> {
  if (options.request.kind !== "digest") return { kind: "up-to-date" };
  const { digest } = options.request;
  if (options.activation?.current.digest === digest) return { kind: "up-to-date" };
  const root = await source.fetchManifest(digest, { signal: options.signal });
  const selected = await selectManifest(source, root, { host: context.host, signal: options.signal });
  if (selected === undefined) throw platformMissing(context, [`${origin.name}@${digest}`]);
  const version = selected.annotations[VERSION] ?? shortDigest(selected.descriptor.digest);
  if (options.quarantine.some((entry) => entry.digest === selected.descriptor.digest)) {
    throw new AppError(
      "not-found",
      `version ${version} is left out: it did not run on this computer, or you went back`,
      {
        hint: "To try it again, start the program with: --launcher update",
      },
    );
  }
  return { kind: "found", release: { version, source, selected } };
}

function platformMissing(context: UpdateContext, versions: readonly string[]): AppError {
  const platform = formatPlatform(context.host);
  return new AppError(
    "not-found",
    `${context.installer.name} is not published for ${platform} (looked at ${versions.slice(0, 3).join(", ")})`,
    {
      hint: `Ask ${context.installer.publisher ?? "the publisher"} for a version for ${platform}.`,
    },
  );
}
