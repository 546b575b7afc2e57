import { formatError } from "../errors.ts";
import { writeActivation } from "../store/activate.ts";
import { type Activation, type InstalledVersion, isSameVersion, planActivation } from "../store/activation.ts";
import { type CollectionOptions, collectVersions } from "../store/collection.ts";
import { isTidy } from "../store/leftovers.ts";
import { leaveNews } from "../store/news.ts";
import type { UpdateContext } from "./context.ts";
import type { UpdateResult } from "./updateResult.ts";

interface Activating {
  /** What active.json says. */
  readonly written: Activation | undefined;
  /** What a launch could rely on, which is the same unless something was damaged. */
  readonly activation: Activation | undefined;
  /** The request as it is written down. */
  readonly requestText: string;
  readonly downloads?: CollectionOptions["downloads"];
  /** Ends what a start has no time for. */
  readonly signal: AbortSignal | undefined;
}

/** Points every following launch at this version, and clears up. The caller holds the lock. */
export async function activate(
  context: UpdateContext,
  target: InstalledVersion,
  { written, activation, requestText, downloads, signal }: Activating,
): Promise<UpdateResult> {
  if (written !== undefined && isSameVersion(written.current, target) && written.request === requestText) {
    // What a killed launch left is nobody else's to clear up.
    if (!isTidy(context.paths, written)) await collect(context, written, { downloads, signal });
    return { kind: "up-to-date" };
  }
  const at = new Date(context.now()).toISOString();
  const next = planActivation(activation, { version: target, request: requestText, at });
  await writeActivation(context.paths, next);
  const isNew = !isSameVersion(activation?.current, target);
  if (isNew) context.log("activated", { version: target.version, from: activation?.current.version });
  await collect(context, next, { downloads, signal });
  if (!isNew) return { kind: "up-to-date" };
  return { kind: "activated", activation: next, from: activation?.current.version };
}

async function collect(
  { paths, settings, platform }: UpdateContext,
  activation: Activation,
  { downloads, signal }: Pick<CollectionOptions, "downloads" | "signal">,
): Promise<void> {
  await collectVersions(paths, { activation, keep: settings.keepVersions, platform, downloads, signal });
}

type Activated = Extract<UpdateResult, { readonly kind: "activated" }>;

/** Whoever updates may be a process that nobody sees: the sentence is left for the next start that somebody does. */
export async function tellWithdrawn(context: UpdateContext, result: Activated, reason: string): Promise<UpdateResult> {
  const { activation, from = "" } = result;
  try {
    await leaveNews(context.paths, { kind: "withdrawn", from, to: activation.current.version, reason });
  } catch (error) {
    // It is activated, whether somebody reads why or not.
    context.log("not-written", { error: formatError(error) });
  }
  return { ...result, withdrawn: reason };
}
