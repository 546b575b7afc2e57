import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openSandbox, type Sandbox } from "./sandbox.ts";

/** 1.0.0 was installed, then 1.1.0, and each has run. */
export async function withTwo(settings: Record<string, unknown> = {}): Promise<Sandbox> {
  const sandbox = await openSandbox();
  await sandbox.publish("1.0.0", "echo one");
  await sandbox.build(settings);
  await sandbox.launch();
  await sandbox.publish("1.1.0", "echo two");
  await sandbox.launch();
  return sandbox;
}

export const verb = async (sandbox: Sandbox, ...args: string[]) => await sandbox.launch(["--launcher", ...args]);

export async function asked(sandbox: Sandbox, ...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout } = await verb(sandbox, ...args, "--json");
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

export async function programOf(sandbox: Sandbox, version: string): Promise<string> {
  const names = await readdir(join(sandbox.data, "versions"));
  const folder = names.find((name) => name.startsWith(`${version}-`) && !/\.(json|files)$/.test(name));
  return join(sandbox.data, "versions", folder ?? "", "app");
}
