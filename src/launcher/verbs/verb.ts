import type { LaunchContext } from "../context.ts";
import type { Session } from "../session.ts";

/** One `--launcher` verb. It returns data; who called it prints them, for people or as JSON. */
export interface Verb<Value> {
  /** For the page of help, such as `pin VERSION`. */
  readonly usage: string;
  readonly summary: string;
  /** How many arguments it takes at least and at most, default none. */
  readonly arguments?: readonly [least: number, most: number];
  readonly options?: readonly string[];
  act(request: VerbRequest): Promise<Value>;
  format(value: Value): string;
}

export interface VerbRequest {
  readonly context: LaunchContext;
  readonly args: readonly string[];
  readonly options: readonly string[];
  /** Network, log and desktop, for the verbs that need them. */
  readonly session: () => Promise<Session>;
}

/** Keeps a verb's own type inside, so that verbs of all kinds fit into one table. */
export function defineVerb<Value>(verb: Verb<Value>): Verb<unknown> {
  return verb;
}

// What a person waits for who has asked for it.
export const CHECK_MS = 60_000;
export const LOCK_MS = 60_000;
