import { describe, expect, test } from "vitest";
import { connectionError } from "../../../src/registry/connectionError.ts";

const request = { method: "GET", url: new URL("https://registry.example:5000/v2/?secret=geheim") };
const coded = (code: string, more: object = {}) => Object.assign(new Error("what Node says"), { code, ...more });

describe("a request without an answer", () => {
  test.each([
    ["ECONNREFUSED", "nobody listens there", true],
    ["ENOTFOUND", "its name is not known", true],
    ["ECONNRESET", "the connection was cut", false],
    ["HTTP_TIMEOUT", "it did not answer in time", false],
    ["HTTP_CUT", "the connection was cut", false],
    ["HTTP_CLOSED", "the client was closed meanwhile", true],
    ["HTTP_MALFORMED", "what it speaks is not HTTP", false],
    ["HTTP_HEADERS_TOO_LONG", "it sent more headers than are allowed here", false],
    ["HTTP_UNSENDABLE", "the request holds a character that no header can carry", true],
    ["HTTP_BODY_LENGTH", "what was to be sent is not as long as was announced", true],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "it does not speak https", true],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is not trusted: it has signed itself", true],
    ["SELF_SIGNED_CERT_IN_CHAIN", "its certificate is not trusted: this computer does not know who signed it", true],
    [
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "its certificate is not trusted: this computer does not know who signed it",
      true,
    ],
    ["CERT_HAS_EXPIRED", "its certificate has expired", true],
    ["CERT_NOT_YET_VALID", "its certificate is not valid yet", true],
    ["CERT_REVOKED", "its certificate is not trusted (CERT_REVOKED)", true],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another host", true],
    ["ESOMETHING", "ESOMETHING", false],
  ])("because of %s says so", (code, message, unreachable) => {
    const error = connectionError(new TypeError("wrapped", { cause: coded(code) }), request);
    expect(error).toMatchObject({ code: "unavailable", unreachable, status: undefined });
    expect(error.message).toContain(`cannot reach registry.example:5000: ${message}`);
    expect(error.hint).toMatch(/^[A-Z].*\S$/);
    expect(error.url).not.toContain("geheim");
  });

  test.each(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"])("because of %s asks for the clock", (code) => {
    expect(connectionError(coded(code), request).hint).toContain("Check this computer's clock");
  });

  test("for a wrong name tells the names that there are, and nothing that steers a terminal", () => {
    const cert = { subjectaltname: "DNS:a.example, DNS:\u001b[2Jb.example" };
    const error = connectionError(coded("ERR_TLS_CERT_ALTNAME_INVALID", { cert }), request);
    expect(error.message).toContain("DNS:a.example, DNS: [2Jb.example");
  });

  test("at any of several addresses tells of the first", () => {
    const cause = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")], "all");
    expect(connectionError(cause, request).message).toContain("nobody listens there");
  });

  test("by a caller's deadline is one that came too late", () => {
    const cause = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    expect(connectionError(cause, request).message).toContain("did not answer in time");
  });
});
