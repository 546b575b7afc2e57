export type HttpFaultCode =
  /** Nothing came, or nothing could be sent, for too long. */
  | "HTTP_TIMEOUT"
  /** The other side closed the connection before the answer was whole. */
  | "HTTP_CUT"
  /** Our side closed it. */
  | "HTTP_CLOSED"
  /** What came is no HTTP/1.1. */
  | "HTTP_MALFORMED"
  | "HTTP_HEADERS_TOO_LONG"
  /** A request with what no head can carry. */
  | "HTTP_UNSENDABLE"
  /** The body that was to be sent is not as long as was said. */
  | "HTTP_BODY_LENGTH";

/** An exchange that did not come to its end. What the socket says (ECONNRESET, certificates) comes as it is. */
export class HttpFault extends Error {
  override readonly name = "HttpFault";
  readonly code: HttpFaultCode;

  constructor(code: HttpFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function malformed(what: string): HttpFault {
  return new HttpFault("HTTP_MALFORMED", what);
}
