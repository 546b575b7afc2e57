import { AppError } from "../errors.ts";
import { formatBytes } from "../format.ts";
import type { Reference } from "../oci/reference.ts";
import type { CommandContext, readArguments } from "./command.ts";
import { NETWORK_OPTIONS, openNetwork } from "./network.ts";
import type { PushTarget } from "./pushRelease.ts";
import type { Published } from "./staging.ts";
import { readConcurrency, TRANSFER_OPTIONS } from "./transferOptions.ts";
import { showTransfer } from "./transferProgress.ts";

/** What a push of a release and one of plain files have in common. */
export const PUSH_OPTIONS = {
  ...NETWORK_OPTIONS,
  ...TRANSFER_OPTIONS,
  include: { type: "string", multiple: true },
  entrypoint: { type: "string" },
  compression: { type: "string" },
  compat: { type: "boolean" },
  critical: { type: "boolean" },
  "artifact-type": { type: "string" },
  annotation: { type: "string", multiple: true },
  force: { type: "boolean" },
  "sign-key": { type: "string", multiple: true },
  cosign: { type: "boolean" },
  config: { type: "string" },
  notes: { type: "string" },
  deltas: { type: "string" },
  launcher: { type: "boolean" },
  "if-new": { type: "boolean" },
  codings: { type: "string" },
  out: { type: "string" },
  "no-check": { type: "boolean" },
} as const;

export type PushValues = ReturnType<typeof readArguments<typeof PUSH_OPTIONS>>["values"];

/** One call of `slipway push`, as it was written. */
export interface PushRun {
  readonly first: string;
  readonly rest: readonly string[];
  readonly values: PushValues;
  readonly context: CommandContext;
}

/** Opens the network for one push, and shows how far it is. */
export async function sendPush<Result>(
  reference: Reference,
  { values, context }: Pick<PushRun, "values" | "context">,
  act: (target: PushTarget) => Promise<Result>,
): Promise<Result> {
  await using network = await openNetwork(context, values);
  using progress = showTransfer(context, "pushing");
  return await act({
    target: network.repository(reference),
    cwd: context.cwd,
    concurrency: readConcurrency(values),
    onEvent: progress.onEvent,
  });
}

/** @throws AppError `usage`. */
export function refuseOptions(values: PushValues, names: readonly (keyof PushValues)[], why: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new AppError("usage", `--${given} ${why}`, { hint: "See: slipway push --help" });
}

/** What became of it, for people. */
export function describePush({ reference, digest, result, sent }: Published, lines: readonly string[]): string {
  const what = {
    pushed: `pushed ${reference}, ${formatBytes(sent)} sent`,
    replaced: `replaced ${reference}, ${formatBytes(sent)} sent`,
    unchanged: `${reference} is there already, unchanged`,
    kept: `${reference} is there already, with other files, and stays as it is`,
  };
  return `${[what[result], ...lines, `  ${digest}`].join("\n")}\n`;
}
