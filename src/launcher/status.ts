import { readActivation } from "../store/activation.ts";
import { readSettled } from "../store/settled.ts";
import { readState } from "../store/state.ts";
import { readInstalled } from "../store/versions.ts";
import { VERSION } from "../version.ts";
import type { LaunchContext } from "./context.ts";

/** What `--launcher status` tells. */
export function statusOf(context: LaunchContext) {
  const { installer, settings, paths } = context;
  const read = readActivation(paths);
  const activation = read.kind === "found" || read.kind === "newer" ? read.activation : undefined;
  const state = readState(paths);
  return {
    name: installer.name,
    id: installer.id,
    installed: activation?.current.version,
    previous: activation?.previous?.version,
    confirmed: activation?.confirmed,
    request: settings.version,
    requestedBy: settings.versionSource,
    repositories: settings.repositories,
    update: settings.updateWhen,
    lastCheck: state.lastCheck,
    quarantine: state.quarantine,
    data: paths.root,
    overrides: context.overridesFile,
    log: paths.log,
    warnings: context.warnings,
    launcher: context.embedded.launcherVersion,
    place: readSettled(paths)?.home,
    slipway: VERSION,
  };
}

export function formatStatus(status: ReturnType<typeof statusOf>): string {
  const lines = [
    `${status.name} (${status.id})`,
    `  installed   ${status.installed ?? "nothing yet"}${status.previous === undefined ? "" : `, before it ${status.previous}`}`,
    `  wanted      ${status.request} (${status.requestedBy})`,
    `  updates     ${status.update}, last looked ${status.lastCheck ?? "never"}`,
    `  from        ${status.repositories.join(", ")}`,
    `  files       ${status.data}`,
    `  settings    ${status.overrides}`,
    `  log         ${status.log}`,
    `  launcher    ${status.launcher}, ${status.place === undefined ? "without a place of its own" : `at ${status.place}`}`,
  ];
  for (const { version, reason } of status.quarantine) lines.push(`  left out    ${version}: ${reason}`);
  return [...lines, ...status.warnings].join("\n");
}

/** The versions that are kept, and which of them a start would run. */
export function versionsOf({ paths }: LaunchContext) {
  const read = readActivation(paths);
  const current = read.kind === "found" ? read.activation.current.digest : undefined;
  return readInstalled(paths).map(({ version, digest }) => ({ version, digest, current: digest === current }));
}
