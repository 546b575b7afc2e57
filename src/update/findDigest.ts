import { VERSION } from "../oci/annotations.ts";
import { type Digest, shortDigest } from "../oci/digest.ts";
import { versionOfTag } from "../release/versionTag.ts";
import { believeAll, openAuthority } from "./authority.ts";
import type { Origin, UpdateContext } from "./context.ts";
import type { Finding, FindOptions } from "./find.ts";
import { NO_TAGS } from "./neededTags.ts";
import { isCritical, leftOutHere, platformMissing } from "./foundRelease.ts";
import { selectManifest } from "./selectManifest.ts";

/** Asks one origin for what a digest stands for: an index, or the manifest of this platform. */
export async function findDigest(
  context: UpdateContext,
  origin: Origin,
  { digest, ...options }: Omit<FindOptions, "request"> & { readonly digest: Digest },
): Promise<Finding> {
  const { signal } = options;
  const source = await origin.open();
  if (options.activation?.current.digest === digest) return { kind: "up-to-date" };
  // Without keys nobody needs the tags to know what a digest stands for.
  const authority =
    context.installer.trust === undefined || options.verified === true
      ? believeAll(NO_TAGS)
      : await openAuthority(context, source, { origin, signal, usesChannel: false, onLearned: options.onLearned });
  const root = await source.fetchManifest(digest, { signal });
  const verified = await authority.verify(root, { kind: "program", version: undefined });
  const selected = await selectManifest(source, root, { host: context.host, signal });
  if (selected === undefined) throw platformMissing(context, [`${origin.name}@${digest}`]);
  // A folder gets this name, and people read it: what an image calls itself may be anything.
  const own = versionOfTag((selected.annotations[VERSION] ?? "").replace("+", "_"));
  const version = verified?.version ?? own ?? shortDigest(selected.descriptor.digest);
  if (options.quarantine.some((entry) => entry.digest === selected.descriptor.digest)) {
    throw leftOutHere(version);
  }
  return { kind: "found", release: { version, source, selected, critical: isCritical(selected, verified) } };
}
