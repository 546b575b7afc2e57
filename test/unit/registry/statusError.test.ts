import { describe, expect, test } from "vitest";
import { formatError } from "../../../src/errors.ts";
import { publisherWording } from "../../../src/publisher/remedies.ts";
import { keepSecret } from "../../../src/redact.ts";
import { type BadAnswer, formatWait, statusError } from "../../../src/registry/statusError.ts";

const REGISTRY = new URL("https://registry.example/v2/app/manifests/1.0.0");

const errorFor = (status: number, answer: Partial<BadAnswer> = {}) =>
  statusError({ method: "GET", url: REGISTRY, body: "", status, ...answer });

describe("a registry's answer", () => {
  test.each<[number, Partial<BadAnswer>, string, string]>([
    [401, {}, "not-allowed", "slipway login registry.example"],
    [403, {}, "not-allowed", "its owner must make the package public."],
    [403, { url: new URL("https://ghcr.io/v2/") }, "not-allowed", "Package settings, Change visibility"],
    [401, { url: new URL("https://registry-1.docker.io/v2/") }, "not-allowed", "slipway login docker.io"],
    [401, { url: new URL("https://quay.io/v2/") }, "not-allowed", "on quay.io"],
    [403, { method: "PUT" }, "not-allowed", "an account that may write here"],
    [404, {}, "not-found", "Check the name."],
    [413, { method: "PATCH" }, "bad-data", "too large for the registry, or for a proxy before it"],
    [429, {}, "temporary", "try again later"],
    [
      429,
      { window: 21_600 },
      "temporary",
      "try again within 6 hours, or log in for a higher limit.\nLog in with: slipway login",
    ],
    [429, { window: 60 }, "temporary", "within 60 seconds"],
    [400, { method: "PUT" }, "bad-data", "--compat"],
    [400, { method: "PUT", body: '{"errors":[{"code":"MANIFEST_INVALID"}]}' }, "bad-data", "--compat"],
    [400, { method: "PUT", body: '{"errors":[{"code":"TAG_INVALID"}]}' }, "bad-data", "push under another one"],
    [412, { method: "PUT" }, "bad-data", "push under another one"],
    [
      400,
      { method: "PUT", body: '{"errors":[{"code":"DIGEST_INVALID"}]}' },
      "bad-data",
      "if it stays, tell whoever runs the registry",
    ],
    [404, { method: "POST" }, "not-found", "create the repository there first"],
    [418, {}, "bad-data", "if it stays, tell whoever runs the registry"],
    [502, {}, "unavailable", "The registry has trouble"],
  ])("%i %j is an error with a way on", (status, answer, code, hint) => {
    const error = errorFor(status, answer);
    expect(error).toMatchObject({ code, status });
    expect(formatError(error, publisherWording)).toContain(hint);
  });

  test("names registry, status, request and what was said", () => {
    const body = '{"errors":[{"code":"DENIED","message":"no"},{"code":"OTHER"}]}';
    expect(errorFor(403, { body }).message).toBe(
      "registry.example answered 403 (DENIED: no; OTHER) to GET /v2/app/manifests/1.0.0",
    );
  });

  test("says a detail that is words, and none that is data", () => {
    const errors = [
      { code: "MANIFEST_INVALID", message: "manifest invalid", detail: "unknown media type" },
      { code: "DENIED", detail: [{ Type: "repository" }] },
    ];
    expect(errorFor(400, { body: JSON.stringify({ errors }) }).message).toBe(
      "registry.example answered 400 (MANIFEST_INVALID: manifest invalid: unknown media type; DENIED) to GET /v2/app/manifests/1.0.0",
    );
  });

  test.each([400, 401, 403])("%i of the storage it sent us to is the storage's", (status) => {
    const url = new URL("https://storage.example/blob?signature=geheim");
    const error = errorFor(status, { url, redirectedFrom: REGISTRY });
    expect(error.message).toBe(`storage.example answered ${status} to GET /blob; registry.example sent us there`);
    expect(error.hint).toContain("check this computer's clock");
    expect(JSON.stringify(error)).not.toContain("geheim");
  });

  test.each([
    [400, "not-allowed", "slipway login registry.example"],
    [401, "not-allowed", "slipway login registry.example"],
    [429, "temporary", "slipway login registry.example"],
    [500, "unavailable", "token service has trouble"],
  ])("%i of its token service is the token service's", (status, code, hint) => {
    const error = errorFor(status, {
      url: new URL("https://auth.example/token"),
      tokensFor: "registry.example",
      body: '{"details":"incorrect username or password"}',
    });
    expect(error.code).toBe(code);
    expect(formatError(error, publisherWording)).toContain(hint);
    expect(error.message).toBe(
      `the token service auth.example of registry.example answered ${status} (incorrect username or password) to GET /token`,
    );
  });
});

describe("what is said besides a list of errors", () => {
  const PAGE = "<html><body>502 Bad Gateway</body></html>";
  test.each([
    ["nothing", "", ""],
    ["a page for people", PAGE, ""],
    ["a page with a declaration", `<!DOCTYPE html>${PAGE}`, ""],
    ["something broken", "{broken", ""],
    ["no words", '{"message":{"a":1}}', ""],
    ["a plain line", "404 page not found\n", "404 page not found"],
    ["only the first line", "one\ntwo", "one"],
    ["GitHub's way", '{"message":"Not Found"}', "Not Found"],
    ["OAuth's way", '{"error":"invalid_grant","error_description":"it expired"}', "it expired"],
    ["OAuth's way in short", '{"error":"invalid_grant"}', "invalid_grant"],
    [
      "a storage's way",
      "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
      "AccessDenied: Request has expired",
    ],
    ["what would steer a terminal", '{"message":"a\\u001b[2Jb\\u202ec"}', "a [2Jb c"],
    ["too much", "x".repeat(500), "x".repeat(200)],
  ])("is shown when it is for us: %s", (_, body, said) => {
    const shown = said === "" ? "" : ` (${said})`;
    expect(errorFor(502, { body }).message).toBe(
      `registry.example answered 502${shown} to GET /v2/app/manifests/1.0.0`,
    );
  });
});

test("a time to wait is in words that people use", () => {
  expect([1.2, 119, 120, 1800, 7199, 7200, 21_600].map(formatWait)).toEqual([
    "2 seconds",
    "119 seconds",
    "2 minutes",
    "30 minutes",
    "120 minutes",
    "2 hours",
    "6 hours",
  ]);
});

describe("an answer that repeats what it was asked with", () => {
  keepSecret("sent to the registry");

  test.each([
    "sent to the registry",
    '{"errors":[{"code":"DENIED","message":"so sent to the registry"}]}',
    '{"details":"so sent to the registry"}',
    "<Error><Code>so</Code><Message>sent to the registry</Message></Error>",
    // What is left of it after the cut would not be known for what it is.
    `${"x".repeat(180)} sent to the registry`,
    '{"message":"Bearer nobodys-own-1"}',
  ])("is not repeated in turn: %s", (body) => {
    const { message, errors } = errorFor(403, { body });
    expect(`${message} ${JSON.stringify(errors)}`).not.toMatch(/sent|nobodys/);
    expect(message).toContain("***");
  });

  test("nor is the signature of an address to which a redirect led", () => {
    const url = new URL("https://storage.example/blob?verify=c2lnbmF0dXJl");
    const body = "<Error><Code>no</Code><Message>c2lnbmF0dXJl is wrong</Message></Error>";
    expect(errorFor(403, { url, body, redirectedFrom: REGISTRY }).message).toContain("no: *** is wrong");
  });

  test("but the scope of a token is, which tells what is missing", () => {
    const url = new URL("https://auth.example/token?scope=repository:app:pull");
    expect(errorFor(403, { url, body: "repository:app:pull: no", tokensFor: "registry.example" }).message).toContain(
      "repository:app:pull: no",
    );
  });
});
