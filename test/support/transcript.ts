import { digestOf } from "../../src/oci/digest.ts";

/** One request that a registry is expected to get, and what it answers. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  /** Headers that the request must have, with this text in them; `-` for those that it must not have. */
  readonly wanted: ReadonlyMap<string, string>;
  /** Whether the request need not come. */
  readonly optional: boolean;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A session with a registry: what was typed, what came of it, and what went over the wire. */
export interface Transcript {
  readonly title: string;
  readonly args: readonly string[];
  readonly logins: readonly (readonly [host: string, user: string, password: string])[];
  /** `exit`, `stdout`, `stderr` or `file NAME`, `!` for what must not be there, and the text. */
  readonly expectations: readonly Expectation[];
  readonly exchanges: readonly Exchange[];
}

export interface Expectation {
  readonly of: string;
  readonly not: boolean;
  readonly text: string;
}

/**
 * Reads a transcript:
 *
 * ```text
 * # what is special
 * $ slipway tags ghcr.io/example/app
 * login ghcr.io me secret
 * exit 0
 * stdout 1.0.0
 *
 * = NAME             content to refer to by {{content:NAME}}, {{digest:NAME}}, {{size:NAME}}, up to an empty line
 * {"text": 1}
 *
 * > GET https://...  a request ("?>" when it need not come) and headers that it must have, "-" for none
 * > accept: text
 * < 200              the answer: status, headers, an empty line, a body
 * < content-type: application/json
 * <
 * < {}
 * ```
 */
export function parseTranscript(text: string): Transcript {
  const contents = new Map<string, string>();
  const fill = (line: string): string =>
    line.replaceAll(/\{\{(content|digest|size|hex):([\w-]+)\}\}/g, (_, kind: string, name: string) => {
      const content = contents.get(name);
      if (content === undefined) throw new Error(`there is no content ${name}`);
      if (kind === "content") return content;
      if (kind === "size") return String(Buffer.byteLength(content));
      const digest = digestOf(Buffer.from(content));
      return kind === "hex" ? digest.slice("sha256:".length) : digest;
    });
  const titles: string[] = [];
  let args: string[] = [];
  const logins: [string, string, string][] = [];
  const expectations: Expectation[] = [];
  const exchanges: Exchange[] = [];
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split("\n").filter((line) => line !== "");
    const [first = ""] = lines;
    if (first.startsWith("= ")) contents.set(first.slice(2), fill(lines.slice(1).join("\n")));
    else if (/^\??> /.test(first)) exchanges.push(...parseExchanges(lines.map(fill)));
    else
      for (const line of lines) {
        const [word = "", ...rest] = line.split(" ");
        const filled = fill(rest.join(" "));
        if (word === "#") titles.push(filled);
        else if (word === "$") args = [...filled.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? "").slice(1);
        else if (word === "login") logins.push([rest[0] ?? "", rest[1] ?? "", rest[2] ?? ""]);
        else expectations.push({ of: word.replace("!", ""), not: word.endsWith("!"), text: filled });
      }
  }
  return { title: titles.join(" "), args, logins, expectations, exchanges };
}

function parseExchanges(lines: readonly string[]): Exchange[] {
  const exchanges: Exchange[] = [];
  let at = 0;
  while (at < lines.length) {
    const [, mark = "", method = "", address = ""] = /^(\??)> (\w+) (\S+)$/.exec(lines[at] ?? "") ?? [];
    if (method === "") throw new Error(`not a request: ${lines[at]}`);
    const wanted = new Map<string, string>();
    for (at += 1; lines[at]?.startsWith("> ") === true && lines[at]?.includes(": ") === true; at += 1)
      wanted.set(...header(lines[at] ?? ""));
    const answer: string[] = [];
    for (; lines[at]?.startsWith("<") === true; at += 1) answer.push((lines[at] ?? "").replace(/^< ?/, ""));
    const empty = answer.indexOf("");
    const head = empty === -1 ? answer : answer.slice(0, empty);
    exchanges.push({
      method,
      url: new URL(address),
      wanted,
      optional: mark === "?",
      status: Number(head[0]),
      headers: head.slice(1).map(header),
      body: empty === -1 ? "" : answer.slice(empty + 1).join("\n"),
    });
  }
  return exchanges;
}

function header(line: string): [string, string] {
  const [name = "", ...value] = line.replace(/^> /, "").split(": ");
  return [name.toLowerCase(), value.join(": ")];
}
