import type { Settings } from "../../config/settings.ts";
import { formatTime } from "../../format.ts";
import { withoutLogin } from "../../redact.ts";
import { readActivation } from "../../store/activation.ts";
import { readSettled } from "../../store/settled.ts";
import { readState } from "../../store/state.ts";
import { readTrustRecord } from "../../store/trustRecord.ts";
import { tagOfChannel } from "../../trust/channelDocument.ts";
import { shortKey } from "../../trust/publicKey.ts";
import { knownKeys } from "../../update/authority.ts";
import { VERSION } from "../../version.ts";
import type { LaunchContext } from "../context.ts";
import { defineVerb } from "./verb.ts";

const WHEN: Readonly<Record<Settings["updateWhen"], string>> = {
  launch: "before a start",
  background: "behind the program",
  manual: "when asked for (--launcher update)",
  off: "off",
};

export const status = defineVerb({
  usage: "status",
  summary: "what is installed, where, and which settings hold",
  act: async ({ context }) => statusOf(context),
  format: formatStatus,
});

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
    channel: settings.channel,
    requestedBy: settings.versionSource,
    repositories: settings.repositories.map(withoutLogin),
    update: settings.updateWhen,
    checkEvery: settings.checkEvery,
    timeout: settings.timeout,
    lastCheck: state.lastCheck,
    quarantine: state.quarantine,
    trust: trustOf(context),
    data: paths.root,
    overrides: context.overridesFile,
    log: paths.log,
    warnings: context.warnings,
    launcher: context.embedded.launcherVersion,
    place: readSettled(paths)?.home,
    slipway: VERSION,
  };
}

/** Who has to have signed a release, and what the channel's last document said. */
function trustOf({ installer, settings, paths }: LaunchContext) {
  const keyring = knownKeys({ installer, paths });
  const seen = readTrustRecord(paths).channels[tagOfChannel(settings.channel)];
  return {
    keys: keyring?.keys.map(({ id }) => id) ?? [],
    threshold: keyring?.threshold ?? 0,
    /** How often the keys were replaced. */
    sequence: keyring?.sequence ?? 0,
    document:
      seen === undefined
        ? undefined
        : { sequence: seen.sequence, issued: seen.issued, expires: seen.expires, yanked: seen.yanked },
  };
}

function formatTrust({ keys, threshold, document }: ReturnType<typeof trustOf>): string[] {
  const who =
    keys.length === 0
      ? "nobody has to sign: whoever can write to the registry decides what runs"
      : `signed by ${threshold === keys.length ? (keys.length === 1 ? "" : "all of ") : `${threshold} of `}${keys.map(shortKey).join(", ")}`;
  if (document === undefined) return [`  trust       ${who}`];
  const until = document.expires === undefined ? "" : `, good until ${formatTime(document.expires)}`;
  return [
    `  trust       ${who}`,
    `  document    number ${document.sequence} of ${formatTime(document.issued)}${until}`,
  ];
}

function formatStatus(status: ReturnType<typeof statusOf>): string {
  const before = status.previous === undefined ? "" : `, before it ${status.previous}`;
  const untried = status.confirmed === false ? ", not yet seen to run" : "";
  const channel = status.channel === "stable" ? "" : `, channel ${status.channel}`;
  const looked = status.lastCheck === undefined ? "never" : formatTime(status.lastCheck);
  const lines = [
    `${status.name} (${status.id})`,
    `  installed   ${status.installed ?? "nothing yet"}${untried}${before}`,
    `  wanted      ${status.request} (${status.requestedBy})${channel}`,
    `  updates     ${WHEN[status.update]}; last looked ${looked}`,
    `  from        ${status.repositories.join(", ")}`,
    ...formatTrust(status.trust),
    `  files       ${status.data}`,
    `  settings    ${status.overrides}`,
    `  log         ${status.log}`,
    `  launcher    ${status.launcher}, ${status.place === undefined ? "without a place of its own" : `at ${status.place}`}`,
  ];
  for (const { version, reason } of status.quarantine) lines.push(`  left out    ${version}: ${reason}`);
  const yanked = status.trust.document?.yanked.find(({ version }) => version === status.installed);
  if (yanked !== undefined) lines.push(`  withdrawn   ${yanked.version}: ${yanked.reason}`);
  return [...lines, ...status.warnings].join("\n");
}
