import { formatError } from "../../../errors.ts";
import { redact } from "../../../redact.ts";
import { shortenAddress } from "../visitors/address.ts";

/** A request that was answered, or ended before. */
export interface RequestEvent {
  readonly event: "request";
  readonly method: string;
  /** As it came. */
  readonly target: string;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  readonly ms: number;
  readonly address: string;
  readonly agent: string | undefined;
  readonly coding: string | undefined;
  readonly aborted: string | undefined;
  readonly error: unknown;
}

/** Anything else that whoever runs the gateway should know of. */
export interface NoticeEvent {
  readonly event:
    | "start"
    | "stop"
    /** Content is not what was published: somebody has changed it, or a disk has. */
    | "mismatch"
    | "cache"
    /** The registry stopped answering, or answers again. */
    | "registry"
    | "certificate"
    | "proxy"
    | "error";
  readonly message: string;
}

export type LogEvent = RequestEvent | NoticeEvent;

export interface LogFormat {
  readonly time: Date;
  /** Otherwise addresses are shortened to /24 and /48, by which nobody can be told from their neighbours. */
  readonly fullAddresses: boolean;
}

// In characters. Who sends longer ones is not known better by their rest.
const LONGEST = { path: 200, agent: 200, message: 1000, method: 20 } as const;

/** One line of JSON, in ASCII: nothing that a stranger sends can end it, hide in it, or steer a terminal. */
export function formatLogLine(event: LogEvent, { time, fullAddresses }: LogFormat): string {
  const line =
    event.event === "request"
      ? requestLine(event, fullAddresses)
      : { event: event.event, message: cut(event.message, LONGEST.message) };
  const json = JSON.stringify({ time: time.toISOString(), ...line });
  return `${json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

/** A value that is undefined is left out by JSON. */
function requestLine(event: RequestEvent, fullAddresses: boolean): Record<string, unknown> {
  const { method, target, status, bytes, ms, address, agent, coding, aborted, error } = event;
  return {
    event: "request",
    method: cut(method, LONGEST.method),
    // The query means nothing here, and may hold what was meant for somebody else.
    path: cut(target.replace(/[?#].*$/s, ""), LONGEST.path),
    status,
    bytes,
    ms: Math.round(ms),
    address: fullAddresses ? address : shortenAddress(address),
    agent: agent === undefined ? undefined : cut(agent, LONGEST.agent),
    coding: coding === "identity" ? undefined : coding,
    aborted,
    error: error === undefined ? undefined : cut(formatError(error), LONGEST.message),
  };
}

function cut(text: string, longest: number): string {
  // Before it is cut, for half a secret is one too; and not much more than is shown, for whoever sends a lot of it.
  const safe = redact(text.slice(0, 4 * longest));
  return safe.length <= longest ? safe : `${safe.slice(0, longest)}...`;
}
