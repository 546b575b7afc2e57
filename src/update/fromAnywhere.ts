import { AppError, formatError } from "../errors.ts";
import type { Origin, UpdateContext } from "./context.ts";
import { SmokeFailure } from "./install.ts";
import { quarantineVersion } from "./rollBack.ts";

/**
 * Asks the origins in their order until one serves; trouble with our own disk, or with the release, ends it at once.
 *
 * @param ask is told how many origins are left, itself included.
 */
export async function fromAnywhere<Value>(
  context: UpdateContext,
  { givenUp }: { readonly givenUp: () => boolean },
  ask: (origin: Origin, left: number) => Promise<Value>,
): Promise<Value> {
  for (const [position, origin] of context.origins.entries()) {
    try {
      return await ask(origin, context.origins.length - position);
    } catch (error) {
      if (error instanceof SmokeFailure) await quarantineVersion(context, error.version, error.message);
      const isLast = position === context.origins.length - 1;
      if (error instanceof SmokeFailure || isLocal(error) || givenUp() || isLast) throw error;
      context.log("repository-failed", { repository: origin.name, error: formatError(error) });
    }
  }
  throw new AppError("config", "no repository is configured");
}

function isLocal(error: unknown): boolean {
  return error instanceof AppError && (error.code === "io" || error.code === "cannot-create");
}
