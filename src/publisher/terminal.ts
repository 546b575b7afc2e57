import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks on standard error, so that standard output stays for results. What is secret is not shown while it is typed. */
export async function ask(question: string, { secret = false }: { readonly secret?: boolean } = {}): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
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
  try {
    return await lines.question("");
  } finally {
    lines.close();
    if (secret) process.stderr.write("\n");
  }
}
