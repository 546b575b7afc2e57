/** Where a process is to be killed: what the preload reads from its environment. */
export interface CrashPlan {
  /** A regular expression: of the processes whose command line matches, the first is the victim. */
  readonly victim: string;
  /** Its changes of the disk, and programs that it starts, are steps from 0; before this one it is killed. */
  readonly step: number;
  /** Whether half of the step is done, as far as it has halves. */
  readonly halfway: boolean;
  /** The victim's steps are written here by their names, and at the end `killed` or `ended`. */
  readonly report: string;
}

export const PLAN_VARIABLE = "SLIPWAY_TEST_CRASH";
/** Options of the Node inside a launcher. */
export const OPTIONS_VARIABLE = "SLIPWAY_NODE";
/** A step that no victim comes to. */
export const NEVER = Number.MAX_SAFE_INTEGER;
