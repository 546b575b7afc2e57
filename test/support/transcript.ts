import { digestOf } from "../../src/oci/digest.ts";

/** One request that a registry is expected to get, and what it answers. */
export interface Exchange {
  readonly method: string;
  /** A star at the end of its path stands for anything. */
  readonly url: URL;
  /** Headers that the request must have, with this text in them; `-` for those that it must not have. */
  readonly wanted: ReadonlyMap<string, string>;
  /** Text that its body must have in it. */
  readonly wantedBody: string;
  readonly times: "once" | "any" | "some";
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A session with a registry: what was typed, what came of it, and what went over the wire. */
export interface Transcript {
  readonly title: string;
  /** The documents and public reports that it was written from. */
  readonly source: string;
  readonly args: readonly string[];
  readonly logins: readonly (readonly [host: string, user: string, password: string])[];
  /** Files that lie in the current folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly expectations: readonly Expectation[];
  readonly exchanges: readonly Exchange[];
}

export interface Expectation {
  /** `exit`, `stdout`, `stderr`, or the name of a file. */
  readonly of: string;
  /** Whether the text must not be there. */
  readonly not: boolean;
  readonly text: string;
}

/**
 * Reads a transcript:
 *
 * ```text
 * # what is special
 * # from: the documents and public reports that say so
 * $ slipway tags ghcr.io/example/app
 * login ghcr.io me secret
 * have app text      a file in the current folder
 * exit 0
 * stdout 1.0.0       "stdout!" for what must not be there; a file's name for what must be in it
 *
 * = NAME             content to refer to by {{content:NAME}}, and digest, hex, size, base64, base64url; up to an
 * {"text": 1}        empty line. {{repeat:a:3}} is aaa.
 *
 * > GET https://...  a request that comes once ("*>" once or more, "?>" or never), and headers that it must have,
 * > accept: text     "-" for none, an empty line, and what its body must have in it
 * < 200              the answer: status, headers, an empty line, a body
 * < content-type: application/json
 * <
 * < {}
 * ```
 *
 * Of requests that are the same, the first is answered by the first exchange, and so on.
 */
export function parseTranscript(text: string): Transcript {
  const fill = openFiller();
  const titles: string[] = [];
  let source = "";
  let args: string[] = [];
  const logins: [string, string, string][] = [];
  const files = new Map<string, string>();
  const expectations: Expectation[] = [];
  const exchanges: Exchange[] = [];
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split("\n").filter((line) => line !== "");
    const [first = ""] = lines;
    if (first.startsWith("= ")) fill.define(first.slice(2), lines.slice(1).join("\n"));
    else if (REQUEST.test(first)) exchanges.push(...parseExchanges(lines.map(fill.fill)));
    else
      for (const line of lines) {
        const [word = "", ...rest] = fill.fill(line).split(" ");
        const filled = rest.join(" ");
        if (word === "#" && rest[0] === "from:") source = rest.slice(1).join(" ");
        else if (word === "#") titles.push(filled);
        else if (word === "$") args = [...filled.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? "").slice(1);
        else if (word === "login") logins.push([rest[0] ?? "", rest[1] ?? "", rest[2] ?? ""]);
        else if (word === "have") files.set(rest[0] ?? "", rest.slice(1).join(" "));
        else expectations.push({ of: word.replace("!", ""), not: word.endsWith("!"), text: filled });
      }
  }
  const missing = [
    ...(titles.length === 0 ? ["a title"] : []),
    ...(source === "" ? ["a source (# from:)"] : []),
    ...(args.length === 0 ? ["a command ($ slipway)"] : []),
    ...(expectations.some(({ of }) => of === "exit") ? [] : ["an exit code"]),
    ...(exchanges.length === 0 ? ["a request"] : []),
  ];
  if (missing.length > 0) throw new Error(`the transcript lacks ${missing.join(", ")}`);
  return { title: titles.join(" "), source, args, logins, files, expectations, exchanges };
}

interface Filler {
  define(name: string, text: string): void;
  /** The text with contents, and what is known of them, in the places of their names. */
  readonly fill: (text: string) => string;
}

function openFiller(): Filler {
  const contents = new Map<string, string>();
  const fill = (text: string): string =>
    text
      .replaceAll(/\{\{repeat:(.):(\d+)\}\}/g, (_, piece: string, times: string) => piece.repeat(Number(times)))
      .replaceAll(/\{\{(content|digest|hex|size|base64url|base64):([\w-]+)\}\}/g, (_, kind: string, name: string) => {
        const content = contents.get(name);
        if (content === undefined) throw new Error(`there is no content ${name}`);
        return factOf(kind, content);
      });
  return { define: (name, text) => void contents.set(name, fill(text)), fill };
}

function factOf(kind: string, content: string): string {
  if (kind === "content") return content;
  const bytes = Buffer.from(content);
  if (kind === "size") return String(bytes.byteLength);
  if (kind === "base64" || kind === "base64url") return bytes.toString(kind);
  return kind === "hex" ? digestOf(bytes).slice("sha256:".length) : digestOf(bytes);
}

const REQUEST = /^([?*]?)> ([A-Z]+) (https:\/\/\S+)$/;
const TIMES: Readonly<Record<string, Exchange["times"]>> = { "?": "any", "*": "some" };

function parseExchanges(lines: readonly string[]): Exchange[] {
  const exchanges: Exchange[] = [];
  for (let at = 0; at < lines.length;) {
    const [, mark = "", method, address] = REQUEST.exec(lines[at] ?? "") ?? [];
    if (method === undefined || address === undefined) throw new Error(`not a request: ${lines[at]}`);
    at += 1;
    const take = (sign: string): string[] => {
      const from = at;
      while (lines[at]?.startsWith(sign) === true && !REQUEST.test(lines[at] ?? "")) at += 1;
      return lines.slice(from, at).map((line) => line.slice(sign.length).replace(/^ /, ""));
    };
    const request = parseMessage(take(">"));
    const [status = "", ...rest] = take("<");
    if (!/^\d{3}$/.test(status)) throw new Error(`not a status: ${status}`);
    const answer = parseMessage(rest);
    exchanges.push({
      method,
      url: new URL(address),
      wanted: new Map(request.headers),
      wantedBody: request.body,
      times: TIMES[mark] ?? "once",
      status: Number(status),
      ...answer,
    });
  }
  return exchanges;
}

function parseMessage(lines: readonly string[]): { headers: [string, string][]; body: string } {
  const empty = lines.indexOf("");
  const head = empty === -1 ? lines : lines.slice(0, empty);
  return {
    headers: head.map((line) => {
      const [name = "", ...value] = line.split(": ");
      return [name.toLowerCase(), value.join(": ")];
    }),
    body: empty === -1 ? "" : lines.slice(empty + 1).join("\n"),
  };
}
