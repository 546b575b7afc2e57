import { EXIT_CODES, formatError } from "../errors.ts";
import { withoutSecrets } from "../redact.ts";
import { runCommand as runCommandHere } from "./commands.ts";
import { prepare as prepareHere } from "./prepare.ts";
import { tell } from "./terminal.ts";

/** The other half of the launcher: everything that is loaded only when there is something to do before the launch. */
export { startBackgroundUpdate } from "./background.ts";

export const runCommand = guarded(runCommandHere);
export const prepare = guarded(prepareHere);

/** The first half, which says what is thrown here, and Node itself know nothing of the secrets that were used here. */
function guarded<Args extends unknown[]>(act: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.once("uncaughtException", (error) => {
      tell(`${formatError(error)}\n`);
      process.exit(EXIT_CODES.internal);
    });
    try {
      await act(...args);
    } catch (error) {
      throw withoutSecrets(error);
    }
  };
}
