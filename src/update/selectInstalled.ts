import { selectVersions } from "../release/resolve.ts";
import type { VersionRequest } from "../release/versionRequest.ts";
import type { InstalledVersion } from "../store/activation.ts";
import type { Quarantined } from "../store/state.ts";
import { readInstalled } from "../store/versions.ts";
import type { UpdateContext } from "./context.ts";

/** An exact version that is kept on this computer needs no network; without one, the best that is kept has to do. */
export function selectInstalled(
  context: UpdateContext,
  { request, offline }: { readonly request: VersionRequest; readonly offline?: boolean | undefined },
  quarantine: readonly Quarantined[],
): InstalledVersion | undefined {
  const failed = new Set(quarantine.map(({ digest }) => digest));
  const installed = readInstalled(context.paths).filter(({ digest }) => !failed.has(digest));
  if (request.kind === "digest") return installed.find(({ digest }) => digest === request.digest);
  if (request.kind !== "exact" && offline !== true) return undefined;
  const { prereleases } = context.settings;
  const tags = installed.map(({ version }) => version.replace("+", "_"));
  const [best] = selectVersions({ tags, request, prereleases, quarantined: [] });
  return installed.find(({ version }) => version === best?.version);
}
