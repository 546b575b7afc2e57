import { openSandbox } from "./sandbox.ts";
import { openWindowsSandboxOf, type WindowsSandbox } from "./windowsSandboxOf.ts";

export { canRunWindows, lines, startMenu, type WindowsSandbox } from "./windowsSandboxOf.ts";

export async function openWindowsSandbox(): Promise<WindowsSandbox> {
  return await openWindowsSandboxOf(await openSandbox());
}
