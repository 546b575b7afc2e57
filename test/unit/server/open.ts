import { openDiskRegistry } from "../../../src/server/registry/disk.ts";
import { openMemoryRegistry } from "../../../src/server/registry/memory.ts";
import type { RegistryServerOptions } from "../../../src/server/registry/server.ts";
import { startTestRegistry, type TestRegistry } from "../../support/registry.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

export type Kind = "in memory" | "on disk";

/** What the registry promises holds for both. */
export const KINDS: readonly Kind[] = ["in memory", "on disk"];

export interface TestServer extends TestRegistry {
  /** Asks for a path, relative to the repository `example/app`. */
  call(method: string, path: string, options?: RequestInit): Promise<Response>;
}

export async function openServer(kind: Kind, options: Partial<RegistryServerOptions> = {}): Promise<TestServer> {
  const directory = await temporaryDirectory();
  const storage = kind === "in memory" ? openMemoryRegistry() : await openDiskRegistry(directory.path);
  const registry = await startTestRegistry({ storage, ...options });
  return {
    ...registry,
    call: async (method, path, request = {}) =>
      await fetch(new URL(path, `${registry.server.url}/v2/example/app/`), { method, ...request }),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
