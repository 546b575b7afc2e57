import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { AppError } from "../errors.ts";

/** Asks on standard error, so that standard output stays for results. What is secret is not shown while it is typed. */
export async function ask(question: string, { secret = false }: { readonly secret?: boolean } = {}): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: secret ? silent : process.stderr,
    terminal: true,
    historySize: 0,
  });
  // Ctrl-C while typing ends the program as it does everywhere.
  lines.once("SIGINT", () => {
    process.stderr.write("\n");
    process.exit(130);
  });
  // Only now: from here on the terminal itself shows nothing of what is typed.
  if (secret) process.stderr.write(question);
  // Ctrl-D: there will be no answer, and a promise of one may wait for ever.
  const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  const answered = lines.question(secret ? "" : question).catch(() => undefined);
  const answer = await Promise.race([answered, closed]);
  lines.close();
  if (secret || answer === undefined) process.stderr.write("\n");
  if (answer === undefined)
    throw new AppError("usage", "there was no answer", { hint: "Nothing was done. Try again." });
  return answer;
}
