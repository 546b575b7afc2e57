import { join } from "node:path";
import type { Sandbox } from "./sandbox.ts";

/** Where a launcher for the app of the sandbox puts itself on Linux. */
export const placed = ({ data }: Sandbox): string => join(data, "launcher", "app");

/** Its entry in the menu. */
export const entry = ({ home }: Sandbox): string =>
  join(home, ".local", "share", "applications", "com.example.app.desktop");

/** Its command in terminals. */
export const command = ({ home }: Sandbox): string => join(home, ".local", "bin", "app");

/** Publishes a program that leaves its version in a file, and builds a launcher for it. */
export async function prepare(sandbox: Sandbox, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await sandbox.publish("1.0.0", 'echo one | tee "$HOME/ran"');
  await sandbox.build({ interface: "window", ...settings });
}
