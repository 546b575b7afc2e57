import {
  openRegistry,
  type RegistryClient,
  type RegistryOptions,
  type RepositoryClient,
} from "../../src/registry/client.ts";
import { openMemoryRegistry } from "../../src/server/registry/memory.ts";
import {
  type RegistryServer,
  type RegistryServerOptions,
  type RequestRecord,
  startRegistry,
} from "../../src/server/registry/server.ts";

export interface TestRegistry extends AsyncDisposable {
  readonly server: RegistryServer;
  readonly client: RegistryClient;
  readonly storage: RepositoryClient;
  readonly requests: RequestRecord[];
}

/** The embedded registry and a client for one of its repositories, without any waiting between tries. */
export async function startTestRegistry(
  options: Partial<RegistryServerOptions> = {},
  clientOptions: Partial<RegistryOptions> = {},
): Promise<TestRegistry> {
  const requests: RequestRecord[] = [];
  const server = await startRegistry({
    storage: openMemoryRegistry(),
    onRequest: (record) => requests.push(record),
    ...options,
  });
  const client = openRegistry({ userAgent: "test", sleep: async () => undefined, ...clientOptions });
  return {
    server,
    client,
    requests,
    storage: client.repository({ host: server.address, name: "example/app" }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
