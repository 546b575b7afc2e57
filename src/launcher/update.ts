/** The other half of the launcher: everything that is loaded only when there is something to do before the launch. */
export { runCommand, startBackgroundUpdate } from "./commands.ts";
export { prepare } from "./prepare.ts";
