import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, diskError } from "../../errors.ts";
import type { RunCommand } from "../desktop.ts";
import { formatRegistryFile, parseRegistryFile, type RegistryChange, type RegistryValue } from "./registryFile.ts";

/** The person's part of the registry. */
export interface Registry {
  /** @throws AppError `io` when the system refuses. */
  change(changes: readonly RegistryChange[]): Promise<void>;
  /** Values of one key, by name; none when there is no such key. */
  read(key: string): Promise<ReadonlyMap<string, RegistryValue>>;
}

/**
 * The registry through `reg.exe`, by way of files: they are UTF-16, while what the program prints is in whatever code
 * page the person's console has, and a PATH that was read so would be written back damaged.
 */
export function openRegistry({ run, env }: { readonly run: RunCommand; readonly env: NodeJS.ProcessEnv }): Registry {
  const root = env["SystemRoot"] ?? String.raw`C:\Windows`;
  const program = join(root, "System32", "reg.exe");
  const scratch = (): string => join(env["TEMP"] ?? join(root, "Temp"), `slipway-${randomUUID()}.reg`);

  return {
    async change(changes) {
      const file = scratch();
      try {
        await writeFile(file, formatRegistryFile(changes));
        const { exitCode } = await run(program, ["import", file]);
        if (exitCode !== 0)
          throw new AppError("io", `the registry could not be changed: reg import ended with ${exitCode ?? "nothing"}`);
      } catch (error) {
        throw diskError(error, file);
      } finally {
        await rm(file, { force: true }).catch(() => undefined);
      }
    },

    async read(key) {
      const file = scratch();
      try {
        const { exitCode } = await run(program, ["export", key, file, "/y"]);
        if (exitCode !== 0) return new Map();
        // The registry keeps the case in which a key was first written, and compares without it.
        const keys = [...parseRegistryFile(await readFile(file))];
        return keys.find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? new Map();
      } catch (error) {
        throw diskError(error, file);
      } finally {
        await rm(file, { force: true }).catch(() => undefined);
      }
    },
  };
}
