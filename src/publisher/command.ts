import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { AppError } from "../errors.ts";
import type { Bytes } from "../oci/storage.ts";
import { didYouMean } from "./didYouMean.ts";

/** What a command gets from the program around it. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
  /** Whether standard error is a terminal, which shows progress. */
  readonly interactive: boolean;
  /** Whether standard output is a terminal, which no program's bytes should reach. */
  readonly toTerminal: boolean;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Asks the person, with what is typed hidden when it is secret. Undefined when standard input is no terminal. */
  readonly ask: ((question: string, options?: { readonly secret?: boolean }) => Promise<string>) | undefined;
  /** Results, for people and for pipes. */
  out(text: string | Uint8Array): void;
  /** The same for content of any length, no faster than it is read. */
  send(bytes: Bytes): Promise<void>;
  /** Everything else: progress, warnings. */
  note(text: string): void;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What the command takes, which the shells' completions offer as well. */
  readonly options: ParseArgsOptionsConfig;
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
    const [, unknown] = /^Unknown option '(--?[^']+)'/.exec(message) ?? [];
    const known = Object.keys(options).map((name) => `--${name}`);
    const meant = unknown === undefined ? undefined : didYouMean(unknown, known);
    throw new AppError("usage", message.split(". ")[0] ?? message, { hint: meant ?? "See --help." });
  }
}

/** @throws AppError `usage` when there are more or fewer positional arguments than one. */
export function onlyArgument(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals;
  if (first === undefined) throw new AppError("usage", `${what} is missing`, { hint: "See --help." });
  noMoreArguments(more, `only ${what}`);
  return first;
}

/** @throws AppError `usage`. */
export function noMoreArguments(rest: readonly string[], expected: string): void {
  if (rest[0] !== undefined)
    throw new AppError("usage", `expected ${expected}, got also ${JSON.stringify(rest[0])}`, { hint: "See --help." });
}

export function printJson(context: Pick<CommandContext, "out">, value: unknown): void {
  context.out(`${JSON.stringify(value, undefined, 2)}\n`);
}
