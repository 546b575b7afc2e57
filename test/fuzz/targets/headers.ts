import { ok } from "node:assert/strict";
import { parseChallenges } from "../../../src/registry/challenge.ts";
import { followLocation } from "../../../src/registry/location.ts";
import { parseNoProxy } from "../../../src/registry/noProxy.ts";
import { nextPage } from "../../../src/registry/pagination.ts";
import { authorizationFor, readProxySettings } from "../../../src/registry/proxy.ts";
import { parseDiagnostics } from "../../../src/registry/registryError.ts";
import { statusError } from "../../../src/registry/statusError.ts";
import { wordsOf } from "../../../src/registry/words.ts";
import { redact } from "../../../src/redact.ts";
import { choiceOf, linesOf, polite, type Target, target, textOf } from "../target.ts";

const HERE = new URL("https://registry.example/v2/app/tags/list?n=1000");
const PLACES = ["https://ghcr.io/", "http://localhost:5000/", "http://10.1.2.3/", "https://[fd00::1]:8443/"].map(
  (text) => new URL(text),
);
const METHODS = ["GET", "HEAD", "POST", "PUT"];
const STATUSES = [400, 401, 403, 404, 412, 413, 429, 500, 599];
// A terminal that is steered, or turned around.
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What servers and people say in one value. */
export const headers: readonly Target[] = [
  target(
    "challenge",
    [
      'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
      'Basic realm="a \\"b\\"", Bearer realm=x',
      "Negotiate, Basic",
    ],
    (bytes) => {
      for (const { scheme, parameters } of parseChallenges(textOf(bytes))) {
        ok(scheme === scheme.toLowerCase());
        for (const value of Object.values(parameters)) ok(typeof value === "string");
      }
    },
  ),
  target(
    "link",
    ['</v2/app/tags/list?last=b&n=2>; rel="next"', '<https://other.example/x>; rel=next, <y>; rel="last"'],
    (bytes) => {
      const next = nextPage(textOf(bytes), HERE);
      ok(next === undefined || (next.host === HERE.host && next.pathname === HERE.pathname));
    },
  ),
  target("location", ["/v2/x", "https://storage.example/blob?sig=1", "http://127.0.0.1/", "//[::1]/x"], (bytes) => {
    const to = followLocation(textOf(bytes), HERE, { what: "a redirect", method: "GET", origin: HERE });
    ok(to.protocol === "https:");
  }),
  target(
    "no-proxy",
    ["*", "localhost,.corp,10.0.0.0/8 [::1]:80", "fd00::/8, *.example:8080", "1.2.3.4/33"],
    (bytes) => {
      const direct = parseNoProxy(textOf(bytes));
      for (const place of PLACES) ok(typeof direct(place) === "boolean");
    },
  ),
  target(
    "proxy",
    ["http_proxy=proxy:3128\nNO_PROXY=a", "HTTPS_PROXY=http://u%40:p%@proxy/", "all_proxy=socks5://x", "http://u:p@h"],
    (bytes) => {
      const env = Object.fromEntries(linesOf(bytes).map((line) => line.split(/=(.*)/s, 2) as [string, string]));
      const all = [polite(() => readProxySettings(env)), polite(() => readProxySettings({}, textOf(bytes)))];
      for (const settings of all) {
        for (const place of PLACES) {
          const proxy = settings?.proxyFor(place);
          if (proxy !== undefined) authorizationFor(proxy);
        }
      }
    },
  ),
  target(
    "words",
    [
      { errors: [{ code: "DENIED", message: "no", detail: { a: 1 } }] },
      { details: "incorrect username" },
      "<Error><Code>AccessDenied</Code><Message>expired</Message></Error>",
      "<html><body>Log in</body></html>",
      "plain words\nmore",
    ],
    (bytes) => {
      const body = textOf(bytes);
      const diagnostics = parseDiagnostics(body).map(({ code, message }) => code + message);
      for (const words of [wordsOf(body), ...diagnostics]) ok(words.length <= 280 && !STEERING.test(words));
      const status = STATUSES[choiceOf(bytes, STATUSES.length)] ?? 500;
      const method = METHODS[choiceOf(bytes, METHODS.length)] ?? "GET";
      statusError({ method, url: new URL("/v2/app/manifests/1", HERE), status, body });
    },
  ),
  target(
    "redact",
    [
      "GET https://u:p@h/x?sig=1",
      "Authorization: Basic dXNlcjpwYXNz",
      "my-token=abc eyJhbGciOi.eyJ.x",
      "a-b-c-password: x",
    ],
    (bytes) => void redact(textOf(bytes)),
  ),
];
