/** The other half of the launcher: everything that is loaded only when there is something to do before the launch. */
export { startBackgroundUpdate } from "./background.ts";
export { runCommand } from "./commands.ts";
export { prepare } from "./prepare.ts";
