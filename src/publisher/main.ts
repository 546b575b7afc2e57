import { homedir } from "node:os";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { exitCodeOf, AppError, formatError } from "../errors.ts";
import { redact, withoutSecrets } from "../redact.ts";
import { VERSION } from "../version.ts";
import type { CommandContext } from "./command.ts";
import { findCommand, loadCommands } from "./commands.ts";
import { formatHelp } from "./help.ts";
import { publisherWording } from "./remedies.ts";
import { ask } from "./terminal.ts";

const context: CommandContext = {
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  interactive: process.stderr.isTTY,
  toTerminal: process.stdout.isTTY,
  stdin: process.stdin,
  ask: process.stdin.isTTY ? ask : undefined,
  out: (text) => void process.stdout.write(text),
  send: async (bytes) => await pipeline(Readable.from(bytes, { objectMode: false }), process.stdout, { end: false }),
  note: (text) => void process.stderr.write(redact(text)),
};

// A reader that has seen enough (`slipway manifest ... | head`) is no error.
process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

// Whoever reads the log of a gateway may go away before it does. There is nobody left to tell.
process.stderr.on("error", () => undefined);

// Node would print what is inside of it as well.
process.on("uncaughtException", (error) => {
  complain(error);
  process.exit();
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  complain(error);
}

function complain(thrown: unknown): void {
  const error = withoutSecrets(thrown);
  process.stderr.write(`slipway: ${formatError(error, publisherWording)}\n`);
  if (!(error instanceof AppError) && error instanceof Error && error.stack !== undefined)
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = exitCodeOf(error);
}

async function main([name, ...rest]: readonly string[]): Promise<void> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return await help(rest[0]);
  if (name === "version" || name === "--version" || name === "-v") return context.out(`${VERSION}\n`);
  const command = await findCommand(name);
  if (asksForHelp(rest)) return context.out(command.help);
  await command.run(rest, context);
}

/** After "--" everything is a name. */
function asksForHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf("--");
  const options = end === -1 ? rest : rest.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

async function help(name: string | undefined): Promise<void> {
  if (name !== undefined) return context.out((await findCommand(name)).help);
  context.out(formatHelp(await loadCommands()));
}
