import { connectionError } from "./connectionError.ts";

/** What an aborted request throws: the caller's own reason; a deadline that passed becomes a sentence about the host. */
export function abortError({ reason }: AbortSignal, method: string, url: URL): unknown {
  return reason instanceof Error && reason.name === "TimeoutError" ? connectionError(reason, { method, url }) : reason;
}
