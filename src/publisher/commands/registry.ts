import { resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { openDiskRegistry } from "../../server/registry/disk.ts";
import { openMemoryRegistry } from "../../server/registry/memory.ts";
import { startRegistry } from "../../server/registry/server.ts";
import { type Command, printJson, readArguments } from "../command.ts";
import { parsePort } from "../quantities.ts";

const DEFAULT_PORT = 5000;

const OPTIONS = {
  port: { type: "string" },
  host: { type: "string" },
  data: { type: "string" },
  json: { type: "boolean" },
} as const;

export const registry: Command = {
  name: "registry",
  summary: "run an OCI registry, to try things out and for tests",
  options: OPTIONS,
  help: `Usage: slipway registry [--port PORT] [--host ADDRESS] [--data DIR]

Runs an OCI registry (distribution-spec 1.1) until it is interrupted.

  --port PORT      default ${DEFAULT_PORT}; 0 takes any free one
  --host ADDRESS   default 127.0.0.1: only this computer can reach it.
                   There is no login: whoever reaches it may write.
  --data DIR       keep everything there, one OCI image layout per repository;
                   without it all is forgotten at the end
  --json           print the address as JSON

Example:
  slipway registry --data ./registry
  skopeo inspect oci:./registry/example/app:1.0.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    if (positionals.length > 0)
      throw new AppError("usage", `expected no argument, got ${JSON.stringify(positionals[0])}`, {
        hint: "See --help.",
      });
    const port = parsePort(values.port, DEFAULT_PORT);
    const data = values.data === undefined ? undefined : resolve(context.cwd, values.data);
    const storage = data === undefined ? openMemoryRegistry() : await openDiskRegistry(data);
    await using server = await startRegistry({
      storage,
      port,
      ...(values.host === undefined ? {} : { host: values.host }),
    });
    if (values.json === true) printJson(context, { address: server.address, url: server.url, data: data ?? null });
    else
      context.out(
        `registry at ${server.address}, ${data === undefined ? "in memory" : `kept in ${data}`}; stop it with Ctrl-C\n`,
      );
    await interrupted();
  },
};

async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
