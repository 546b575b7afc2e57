import { formatBytes, formatDuration, formatTime } from "../format.ts";
import type { Settings } from "../config/settings.ts";
import type { Activation } from "../store/activation.ts";
import type { PutOff } from "./putOff.ts";
import type { Omission } from "../release/omissions.ts";

/** What is known of a program's updates. */
export interface UpdateFacts {
  readonly app: string;
  /** With the version request that holds. */
  readonly settings: Settings;
  /** A wish for a version that is none, and who has it. */
  readonly unreadable: string | undefined;
  readonly activation: Activation | undefined;
  /** What the current version came as, in bytes, and what its layers have together. */
  readonly fetched?: { readonly bytes: number; readonly whole: number } | undefined;
  /** RFC 3339. */
  readonly lastCheck: string | undefined;
  /** Whether the next start looks for updates. */
  readonly due: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly answer: Answer;
  readonly putOff: PutOff | undefined;
  /** The last thing that went wrong with an update. `time` is RFC 3339. */
  readonly lastFailure: { readonly time: string; readonly error: string } | undefined;
}

/** What the repositories say right now. */
export type Answer =
  | { readonly kind: "none"; readonly reason: string }
  | {
      readonly kind: "answered";
      readonly repository: string;
      /** How many versions there are. */
      readonly versions: number;
      /** Newer than what is installed, and not taken. The newest first. */
      readonly omitted: readonly Omission[];
      /** What a check would bring; undefined when what is installed stays. */
      readonly next: string | undefined;
    };

/** Says in sentences why the program is or is not updated: one for each thing that decides it. */
export function explainUpdates(facts: UpdateFacts): string[] {
  return [
    ...explainInstalled(facts),
    ...explainWish(facts),
    ...explainWhen(facts),
    ...explainPutOff(facts),
    ...explainAnswer(facts),
    ...(facts.lastFailure === undefined
      ? []
      : [`The last update that did not work was at ${formatTime(facts.lastFailure.time)}: ${facts.lastFailure.error}`]),
  ];
}

function explainInstalled({ app, activation, fetched }: UpdateFacts): string[] {
  if (activation === undefined) return [`${app} is not installed yet.`];
  const { current, previous, confirmed, activatedAt } = activation;
  return [
    `${app} ${current.version} starts; it is current since ${formatTime(activatedAt)}.`,
    ...(fetched === undefined || fetched.bytes >= fetched.whole
      ? []
      : [
          `Of its ${formatBytes(fetched.whole)}, ${formatBytes(fetched.bytes)} had to be fetched: the rest was made of what was here.`,
        ]),
    ...(confirmed ? [] : ["It has not shown yet that it runs here, so its next run is watched."]),
    ...(previous === undefined ? [] : [`The version before it, ${previous.version}, is kept.`]),
  ];
}

function explainWish({ settings, unreadable }: UpdateFacts): string[] {
  const { version, versionSource, channel, prereleases } = settings;
  const wish = version === "latest" ? "The newest version is wanted" : `Version ${version} is wanted`;
  const kinds =
    prereleases === true
      ? ", pre-releases included"
      : prereleases === false
        ? ""
        : `, pre-releases of the channel ${channel} included`;
  return [
    ...(unreadable === undefined ? [] : [`What is asked for cannot be understood, and does not count: ${unreadable}`]),
    `${wish}${kinds}: so says ${versionSource}.`,
  ];
}

function explainWhen({ settings, lastCheck, due, now }: UpdateFacts): string[] {
  const { updateWhen, checkEvery, timeout } = settings;
  if (updateWhen === "off") return ["Updates are switched off (SLIPWAY_UPDATE=off)."];
  if (updateWhen === "manual") return ["Updates come only when somebody asks for them: --launcher update"];
  const how =
    updateWhen === "background"
      ? "A start looks for updates behind the program, and the next start has them."
      : `A start looks for updates first, and waits for them ${formatDuration(timeout)} at most; what takes longer goes on behind the program.`;
  const looked = lastCheck === undefined ? undefined : Date.parse(lastCheck);
  const ago =
    looked === undefined || Number.isNaN(looked)
      ? "Nobody has looked yet"
      : looked > now
        ? "The last look was in the future, so the clock was wrong and it does not count"
        : `The last look that came to an answer was ${formatDuration(now - looked)} ago`;
  const every = checkEvery === 0 ? "every start looks" : `a look is good for ${formatDuration(checkEvery)}`;
  return [how, `${ago}; ${every}. The next start ${due ? "looks" : "does not look"}.`];
}

function explainPutOff({ putOff }: UpdateFacts): string[] {
  if (putOff === undefined) return [];
  const { kind, time, version } = putOff;
  const what = version ?? "an answer";
  return kind === "skipped"
    ? [`At ${formatTime(time)} somebody did not want to wait for ${what}; what has arrived of it is kept.`]
    : [`At ${formatTime(time)} a start could not wait for ${what}, and left it to a process behind the program.`];
}

function explainAnswer({ answer, activation, due }: UpdateFacts): string[] {
  if (answer.kind === "none") return [`Asked right now: ${answer.reason}`];
  const { repository, versions, omitted, next } = answer;
  return [
    `Asked right now: ${repository} has ${versions} version${versions === 1 ? "" : "s"}.`,
    ...omitted.map(({ version, reason }) => `${version} is not taken: ${reason}.`),
    next === undefined
      ? `So ${activation?.current.version ?? "nothing"} stays.`
      : due
        ? `So the next start brings ${next}.`
        : `So ${next} comes when somebody looks: at a later start, or with --launcher update`,
  ];
}
