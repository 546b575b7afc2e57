import { homedir } from "node:os";
import { exitCodeOf, AppError, formatError } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { Command, CommandContext } from "./command.ts";

/** Each command is loaded when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  push: async () => (await import("./commands/push.ts")).push,
  build: async () => (await import("./commands/build.ts")).build,
  tags: async () => (await import("./commands/tags.ts")).tags,
  manifest: async () => (await import("./commands/manifest.ts")).manifest,
  inspect: async () => (await import("./commands/inspect.ts")).inspect,
  registry: async () => (await import("./commands/registry.ts")).registry,
};

const context: CommandContext = {
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  interactive: process.stderr.isTTY,
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(text),
};

// A reader that has seen enough (`slipway manifest ... | head`) is no error.
process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`slipway: ${formatError(error)}\n`);
  if (!(error instanceof AppError) && error instanceof Error && error.stack !== undefined)
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = exitCodeOf(error);
}

async function main([name, ...rest]: readonly string[]): Promise<void> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return await help(rest[0]);
  if (name === "version" || name === "--version" || name === "-v") return context.out(`${VERSION}\n`);
  const command = await findCommand(name);
  if (rest.includes("--help") || rest.includes("-h")) return context.out(command.help);
  await command.run(rest, context);
}

async function findCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return await load();
  throw new AppError("usage", `there is no command ${JSON.stringify(name)}`, {
    hint: `Commands: ${Object.keys(COMMANDS).join(", ")}. See: slipway help`,
  });
}

async function help(name: string | undefined): Promise<void> {
  if (name !== undefined) return context.out((await findCommand(name)).help);
  const commands = await Promise.all(Object.values(COMMANDS).map(async (load) => await load()));
  const list = commands.map((command) => `  ${command.name.padEnd(10)} ${command.summary}`).join("\n");
  context.out(`Slipway ${VERSION}: one file to double-click, from any OCI registry.

Usage: slipway COMMAND [OPTIONS]

${list}
  ${"version".padEnd(10)} print the version

Every command explains itself with --help, and most print JSON with --json.
`);
}
