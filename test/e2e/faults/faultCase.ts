import type { OpenWorld } from "../../support/world.ts";

export interface FaultCase {
  readonly name: string;
  readonly open: OpenWorld;
  /** How a start ends when nothing is installed yet: the program runs, or a refusal with a reason. */
  readonly first: "runs" | Refusal;
  /** How a start ends when 1.0.0 is installed and 1.1.0 is published. */
  readonly later: LaterStart;
}

export type LaterStart =
  /** The trouble is overcome. */
  | "updates"
  /** 1.0.0 runs without a word: a check that comes to nothing is none of the person's business. */
  | "runs the old"
  /** 1.0.0 runs, after a sentence with the reason: an update was begun. */
  | "runs the old and says so"
  /** 1.0.0 runs without a word; the update goes on behind it. */
  | "goes on behind";

export interface Refusal {
  readonly exitCode: number;
  /** A part of what is said of it, and of what there is to do. */
  readonly cause: string;
  readonly advice: string;
  /** What stays of the download. */
  readonly kept: readonly "partial"[];
}

export function refused(
  exitCode: number,
  cause: string,
  advice: string,
  { kept = [] }: Partial<Pick<Refusal, "kept">> = {},
): Refusal {
  return { exitCode, cause, advice, kept };
}
