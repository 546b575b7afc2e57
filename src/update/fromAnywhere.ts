import { AppError, formatError } from "../errors.ts";
import type { Origin, UpdateContext } from "./context.ts";
import { SmokeFailure } from "./install.ts";
import { quarantineVersion } from "./rollBack.ts";

export interface Asking<Value> {
  readonly givenUp: () => boolean;
  /** What will do if the last one fails as well, because one before it has said it. */
  readonly fallback?: () => { readonly value: Value } | undefined;
}

/**
 * Asks the origins in their order until one serves; trouble with our own disk, or with the release, ends it at once.
 *
 * @param ask is told how many origins are left, itself included.
 */
export async function fromAnywhere<Value>(
  context: UpdateContext,
  { givenUp, fallback }: Asking<Value>,
  ask: (origin: Origin, left: number) => Promise<Value>,
): Promise<Value> {
  for (const [position, origin] of context.origins.entries()) {
    try {
      return await ask(origin, context.origins.length - position);
    } catch (error) {
      if (error instanceof SmokeFailure) await quarantineVersion(context, error.version, error.message);
      const isLast = position === context.origins.length - 1;
      if (error instanceof SmokeFailure || isLocal(error) || givenUp()) throw error;
      const said = isLast ? fallback?.() : undefined;
      if (isLast && said === undefined) throw error;
      context.log("repository-failed", { repository: origin.name, error: formatError(error) });
      if (said !== undefined) return said.value;
    }
  }
  throw new AppError("config", "no repository is configured");
}

function isLocal(error: unknown): boolean {
  return error instanceof AppError && (error.code === "io" || error.code === "cannot-create");
}
