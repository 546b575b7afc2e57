import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { AppError } from "../errors.ts";

/** What a command gets from the program around it. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
  /** Whether standard error is a terminal, which shows progress. */
  readonly interactive: boolean;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Results, for people and for pipes. */
  out(text: string | Uint8Array): void;
  /** Everything else: progress, warnings. */
  note(text: string): void;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The page that --help shows, with an example. */
  readonly help: string;
  run(argv: readonly string[], context: CommandContext): Promise<void>;
}

/**
 * Reads arguments strictly: a typo is an error and not a file name.
 *
 * @throws AppError `usage`.
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(argv: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AppError("usage", message.split(". ")[0] ?? message, { hint: "See --help." });
  }
}

/** @throws AppError `usage` when there are more or fewer positional arguments than one. */
export function onlyArgument(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals;
  if (first === undefined) throw new AppError("usage", `${what} is missing`, { hint: "See --help." });
  if (more.length > 0)
    throw new AppError("usage", `expected only ${what}, got also ${JSON.stringify(more[0])}`, { hint: "See --help." });
  return first;
}

export function printJson(context: CommandContext, value: unknown): void {
  context.out(`${JSON.stringify(value, undefined, 2)}\n`);
}
