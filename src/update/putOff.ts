import type { LogEntry } from "../store/log.ts";

/** An update that nobody waited for. */
export interface PutOff {
  readonly kind: "postponed" | "skipped";
  /** RFC 3339. */
  readonly time: string;
  /** Undefined when the answer itself was not waited for. */
  readonly version: string | undefined;
}

const KINDS: Readonly<Record<string, PutOff["kind"] | undefined>> = {
  "update-postponed": "postponed",
  "update-skipped": "skipped",
  // After these the story is another one.
  "update-failed": undefined,
  quarantined: undefined,
};

/**
 * The last update that was put off, unless something has come of it.
 *
 * @param since when a version was activated, or a look came to an answer; RFC 3339.
 */
export function findPutOff(entries: readonly LogEntry[], since: readonly (string | undefined)[]): PutOff | undefined {
  const last = entries.findLast(({ event }) => Object.hasOwn(KINDS, event));
  const kind = KINDS[last?.event ?? ""];
  if (last === undefined || kind === undefined) return undefined;
  const at = Date.parse(last.time);
  // What has no time, on either side, tells nothing.
  if (!since.every((time) => time === undefined || !(Date.parse(time) >= at))) return undefined;
  const { version } = last.fields;
  return { kind, time: last.time, version: typeof version === "string" ? version : undefined };
}
