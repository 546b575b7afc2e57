import { HttpFault, malformed } from "./fault.ts";

export interface RequestHead {
  readonly method: string;
  /** RFC 9112 section 3.2: a path, a whole address for a proxy, or `host:port` for CONNECT. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ResponseHead {
  readonly status: number;
  /** The x in HTTP/1.x. */
  readonly minor: number;
  /** By names in lower case; what came more than once is joined by ", " (RFC 9110 section 5.3). */
  readonly headers: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// A line break in a value would begin another header, or another request.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: .*)?$/;

/** In Latin-1. @throws HttpFault `HTTP_UNSENDABLE` for what cannot stand in a head. */
export function formatHead({ method, target, headers }: RequestHead): string {
  if (!TOKEN.test(method) || !/^[\x21-\x7e]+$/.test(target)) throw unsendable("its first line");
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name) || !VALUE.test(value)) throw unsendable(`its header ${name}`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

function unsendable(where: string): HttpFault {
  return new HttpFault("HTTP_UNSENDABLE", `${where} holds a character that cannot stand there`);
}

/** Where a head ends, behind its empty line, or -1 while it is incomplete. @throws HttpFault when it will never be one. */
export function endOfHead(bytes: Buffer): number {
  const start = bytes.toString("latin1", 0, 5);
  if (!"HTTP/".startsWith(start)) throw malformed("no status line");
  // RFC 9112 section 2.2 allows lines without CR to be taken; a client that does so reads some heads as others do not.
  const line = bytes.indexOf("\n");
  if (line > 0 && bytes[line - 1] !== 0x0d) throw malformed("a line without CR");
  const end = bytes.indexOf("\r\n\r\n");
  return end === -1 ? -1 : end + 4;
}

/** @param bytes a whole head with its empty line. @throws HttpFault. */
export function parseHead(bytes: Buffer): ResponseHead {
  const [first = "", ...lines] = bytes.toString("latin1", 0, bytes.byteLength - 4).split("\r\n");
  const [, minor, status] = STATUS_LINE.exec(first) ?? [];
  if (minor === undefined) throw malformed("no status line");
  const headers = new Map<string, string>();
  let last: string | undefined;
  for (const line of lines) {
    if (last !== undefined && /^[ \t]/.test(line)) {
      // RFC 9112 section 5.2: a folded line goes on behind a space.
      headers.set(last, `${headers.get(last) ?? ""} ${valueOf(line)}`);
      continue;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    // Section 5.1: no space between name and colon.
    if (!TOKEN.test(name)) throw malformed("no header line");
    const value = valueOf(line.slice(colon + 1));
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
    last = name;
  }
  return { status: Number(status), minor: Number(minor), headers };
}

function valueOf(text: string): string {
  const value = text.replace(/^[ \t]+|[ \t]+$/g, "");
  if (!VALUE.test(value)) throw malformed("a header with a control character");
  // Addresses in Location come in UTF-8 where they are not encoded.
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, "latin1").toString("utf8") : value;
}
