import { AppError, type ErrorCode, type Remedy } from "../errors.ts";
import { onOneLine } from "../format.ts";
import { redact, redactUrl } from "../redact.ts";

/** One entry of a registry's own error answer (distribution-spec "Error Codes"). */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
}

/** A request that a registry did not answer as it should. The URL holds no secret. */
export class RegistryError extends AppError {
  override readonly name = "RegistryError";
  readonly method: string;
  readonly url: string;
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined;
  readonly errors: readonly Diagnostic[];
  /** Whether there is no way to the server at all, so that trying again at once would be in vain. */
  readonly unreachable: boolean;
  /** Milliseconds that the server asks to be left alone, when that is longer than anybody here waits. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      method: string;
      url: URL;
      status?: number;
      errors?: readonly Diagnostic[];
      hint?: string;
      remedy?: Remedy | undefined;
      cause?: unknown;
      unreachable?: boolean;
      retryAfter?: number;
    },
  ) {
    super(code, message, details);
    this.method = details.method;
    this.url = redactUrl(details.url);
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.unreachable = details.unreachable ?? false;
    this.retryAfter = details.retryAfter;
  }
}

/** What there is to do about an answer that no registry gives. */
export const TELL_REGISTRY = "Try again; if it stays, tell whoever runs the registry.";

/** Reads `{"errors":[{code,message,detail}]}`; HTML, nothing and anything else give none. */
export function parseDiagnostics(body: string): Diagnostic[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null || !("errors" in value) || !Array.isArray(value.errors)) return [];
  return value.errors.slice(0, 5).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { code, message, detail } = entry as Record<string, unknown>;
    // A detail is anything at all; where it is words they say more than the message (GitLab).
    const said = [message, detail].filter((words) => typeof words === "string" && words !== "");
    return typeof code === "string" ? [{ code: plain(code, 80), message: plain(said.join(": "), 200) }] : [];
  });
}

/**
 * A server's words end up on a terminal: nothing in them may steer it, or turn it around. They may hold what we sent;
 * cut first, a half of it would no longer be known for what it is.
 */
export function plain(text: string, length: number): string {
  return onOneLine(redact(text).slice(0, length));
}

export function isWebPage(contentType: string | undefined): boolean {
  return /^text\/html\b/i.test(contentType ?? "");
}

/** A page for people where data was wanted: captive portals, and some registries' errors. */
export function htmlAnswer(url: URL): RegistryError {
  return new RegistryError("unavailable", `${url.host} answered with a web page instead of data`, {
    method: "GET",
    url,
    status: 200,
    hint: "A network that wants you to log in first (a hotel's, a company's proxy) may be in between.",
  });
}
