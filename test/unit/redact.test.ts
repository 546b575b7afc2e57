import { describe, expect, test } from "vitest";
import { AppError, formatError } from "../../src/errors.ts";
import { keepSecret, redact, withoutSecrets } from "../../src/redact.ts";

const secret = "hunter2-hunter2";

describe("what looks like a secret is taken out", () => {
  test.each([
    `https://me:${secret}@registry.example/v2/`,
    `https://me:a@${secret}@registry.example/v2/`,
    `socks5://me:${secret}@proxy.example:1080`,
    `https://s3.example/blob?X-Amz-Signature=${secret}&X-Amz-Date=1`,
    `/blob?X-Amz-Signature=${secret}`,
    `/blob?se=2026&sig=${secret}`,
    `Authorization: Bearer ${secret}`,
    `authorization=Basic ${secret}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=${secret}`,
    `the server refused Basic ${secret}`,
    `refresh_token=${secret}&service=x`,
    `//registry.npmjs.org/:_authToken=${secret}`,
    `wrong password: ${secret}`,
    `got eyJhbGciOiJub25lIn0.${secret}.${secret} from the server`,
    `got eyJhbGciOiJub25lIn0.${secret}`,
    `ghp_${secret}`,
    `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${secret}\n-----END ENCRYPTED PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${secret}`,
    JSON.stringify({ access_token: secret }),
  ])("of %s", (text) => {
    const redacted = redact(text);
    expect(redacted).not.toContain(secret);
    expect(redacted).toContain("***");
    expect(redact(redacted)).toBe(redacted);
  });

  test.each([
    "https://registry.example/v2/example/app/tags/list",
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "version 1.4.0 does not run here: it crashed (SIGSEGV)",
    "me@example.com wrote to /home/me/app",
    "Basic authentication is required",
    "invalid token: expired",
    "Put them into its address: HTTPS_PROXY=http://NAME:PASSWORD@proxy.corp:3128",
    'Write: echo "$TOKEN" | slipway login ghcr.io -u NAME --password-stdin',
    "docker.io/library/alpine:3.20@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  ])("and %s stays as it is", (text) => {
    expect(redact(text)).toBe(text);
  });
});

// Looked at again from each of its words on, each of these would take minutes.
test.each([
  "a.",
  "a-",
  "a_",
  "http://",
  "https://a?",
  "eyJ-",
  "-eyJ",
  "eyJ.",
  "token ",
  "a://",
  "-----BEGIN PRIVATE KEY ",
])("a text of nothing but %j is looked through once, as long as a server cares to make it", (part) => {
  expect(redact(`${part.repeat(200_000)} password=x`)).toMatch(/ password=\*\*\*$/);
});

describe("a secret that is in use is taken out", () => {
  const password = 'p"ä/ß wörd';
  keepSecret(password, "me");

  test.each([
    password,
    `x${password}x`,
    JSON.stringify(password),
    encodeURIComponent(password),
    new URLSearchParams({ password }).toString(),
    Buffer.from(`me:${password}`).toString("base64"),
    Buffer.from(`me:${password}`).toString("base64url"),
    Buffer.from(password).toString("base64"),
  ])("as %s", (text) => {
    expect(redact(`so ${text} it is`)).toMatch(/^so ["x]?(password=)?\*\*\*=*["x]? it is$/);
  });

  test("before another with which it begins", () => {
    keepSecret("shorter-one");
    keepSecret("shorter-one-and-more");
    expect(redact("shorter-one-and-more, shorter-one")).toBe("***, ***");
  });

  test("but for one of a few letters, which would be taken out of words, and is hidden with its name", () => {
    keepSecret("ca", "somebody");
    expect(redact("cannot")).toBe("cannot");
    expect(redact(Buffer.from("somebody:ca").toString("base64"))).toBe("***=");
  });

  test("from an error's sentence and its advice, whoever asks for them", () => {
    keepSecret("in every error");
    const error = new AppError("io", "this is in every error.", { hint: "and in every error." });
    expect([error.message, error.hint]).toEqual(["this is ***.", "and ***."]);
    expect(error.stack).not.toContain("in every error");
    expect(formatError(new Error("this is in every error."))).toBe("this is ***.");
  });

  test("from errors that are none of ours, the system's too", () => {
    keepSecret("in foreign errors");
    for (const error of [
      new TypeError("as in foreign errors"),
      new DOMException("as in foreign errors", "AbortError"),
    ]) {
      expect(withoutSecrets(error)).toBe(error);
      expect(error.message).toBe("as ***");
      expect(error.stack).not.toContain("foreign");
    }
    expect(withoutSecrets("as in foreign errors")).toBe("as ***");
    expect(withoutSecrets(undefined)).toBeUndefined();
  });
});
