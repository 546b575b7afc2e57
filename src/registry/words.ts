import { plain } from "./registryError.ts";

const MAX_LENGTH = 200;

/** What an answer says of itself where it is not a registry's own list of errors; nothing of a page for people. */
export function wordsOf(body: string): string {
  const text = body.trim();
  if (text.startsWith("{")) return plain(wordsOfObject(parse(text)), MAX_LENGTH);
  if (text.startsWith("<")) return plain(wordsOfXml(text), MAX_LENGTH);
  return plain(text.split("\n", 1)[0] ?? "", MAX_LENGTH);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Docker's token services say `details`, GitHub `message`, OAuth (RFC 6749 section 5.2) the other two. */
function wordsOfObject(object: Readonly<Record<string, unknown>>): string {
  const said = [object["details"], object["message"], object["error_description"], object["error"]];
  return said.find((words) => typeof words === "string") ?? "";
}

/** Storage services: `<Error><Code>AccessDenied</Code><Message>Request has expired</Message>`. */
function wordsOfXml(text: string): string {
  const [code, message] = [/<Code>([^<]*)</, /<Message>([^<]*)</].map((tag) => tag.exec(text)?.[1]);
  return [code, message].filter((words) => words !== undefined).join(": ");
}
