import { openRegistry, type RegistryOptions, type RepositoryClient } from "../../src/registry/client.ts";
import { type Script, type ScriptedServer, startScriptedServer } from "./scriptedServer.ts";

export interface ScriptedRepository extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly repository: RepositoryClient;
  readonly warnings: string[];
  /** Milliseconds of each pause between tries; none is really waited for. */
  readonly pauses: number[];
}

/** A repository `example/app` on a scripted server. */
export async function openScripted(
  script: Script,
  options: Partial<RegistryOptions> = {},
): Promise<ScriptedRepository> {
  const server = await startScriptedServer(script);
  const warnings: string[] = [];
  const pauses: number[] = [];
  const client = openRegistry({
    userAgent: "test",
    random: () => 0,
    sleep: async (ms) => void pauses.push(ms),
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return {
    server,
    warnings,
    pauses,
    repository: client.repository({ host: server.address, name: "example/app" }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
