import { causeCode } from "./causes.ts";
import { explainCertificate, type Explanation } from "./certificateError.ts";
import { RegistryError } from "./registryError.ts";

/** The error for a request that got no answer at all. */
export function connectionError(cause: unknown, { method, url }: { method: string; url: URL }): RegistryError {
  const { reason, hint, remedy } = explainCertificate(cause, url.host) ?? explainConnection(cause, url.host);
  return new RegistryError("unavailable", `cannot reach ${url.host}: ${reason}`, {
    method,
    url,
    hint,
    remedy,
    cause,
    unreachable: isUnreachable(cause),
  });
}

/**
 * Nobody there, no such name, no network: being offline shows as one of these. Or the client is closed already, or what
 * is there is not to be trusted, and will not be in a second.
 */
export function isUnreachable(cause: unknown): boolean {
  return UNREACHABLE.has(causeCode(cause)) || explainCertificate(cause, "") !== undefined;
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "HTTP_CLOSED",
  "HTTP_UNSENDABLE",
  "HTTP_BODY_LENGTH",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);

export function explainConnection(cause: unknown, host: string): Explanation {
  const code = causeCode(cause);
  switch (code) {
    case "ECONNREFUSED":
      return { reason: "nobody listens there", hint: "Check host and port, and that the registry is running." };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { reason: "its name is not known", hint: "Check the host's name and your network connection." };
    case "ECONNRESET":
    case "HTTP_CUT":
    case "EPIPE":
      return { reason: "the connection was cut", hint: "Try again; a proxy or firewall may be in between." };
    case "HTTP_TIMEOUT":
    case "ETIMEDOUT":
    case "TimeoutError":
      return { reason: "it did not answer in time", hint: "Check your network connection, then try again." };
    case "HTTP_CLOSED":
      return { reason: "the client was closed meanwhile", hint: "Try again." };
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return {
        reason: "it does not speak https",
        hint: "Check host and port, or ask whoever runs it for its https address.",
        remedy: { kind: "plain-http", host },
      };
    case "HTTP_HEADERS_TOO_LONG":
      return { reason: "it sent more headers than are allowed here", hint: "Tell whoever runs it." };
    case "HTTP_UNSENDABLE":
      return {
        reason: "the request holds a character that no header can carry",
        hint: "A token with a line break or a space in it does: check where yours comes from.",
      };
    case "HTTP_BODY_LENGTH":
      return {
        reason: "what was to be sent is not as long as was announced",
        hint: "Send it again when it is finished.",
      };
    case "HTTP_MALFORMED":
      return { reason: "what it speaks is not HTTP", hint: "Check host and port." };
    default:
      return { reason: code, hint: "Check your network connection, then try again." };
  }
}
