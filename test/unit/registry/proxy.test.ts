import { describe, expect, test } from "vitest";
import { authorizationFor, readProxySettings } from "../../../src/registry/proxy.ts";

const via = (env: Record<string, string>, url: string, override?: string): string | undefined => {
  const proxy = readProxySettings(env, override).proxyFor(new URL(url));
  return proxy === undefined ? undefined : `${proxy.source} ${proxy.url.href}`;
};

describe("the proxy of a request", () => {
  test.each<[string, Record<string, string>, string, string | undefined]>([
    ["none", {}, "https://a.example/", undefined],
    ["for https", { HTTPS_PROXY: "http://p:1" }, "https://a.example/", "HTTPS_PROXY http://p:1/"],
    ["for https alone", { HTTPS_PROXY: "http://p:1" }, "http://a.example/", undefined],
    ["for http", { HTTP_PROXY: "http://p:1" }, "http://a.example/", "HTTP_PROXY http://p:1/"],
    ["for both", { ALL_PROXY: "http://p:1" }, "http://a.example/", "ALL_PROXY http://p:1/"],
    [
      "never that for all where there are others, so it may be of another kind",
      { ALL_PROXY: "socks5://p:1", HTTP_PROXY: "a:1", HTTPS_PROXY: "b:2" },
      "https://a.example/",
      "HTTPS_PROXY http://b:2/",
    ],
    [
      "the special one before that for all",
      { ALL_PROXY: "a:1", https_proxy: "b:2" },
      "https://x.y/",
      "https_proxy http://b:2/",
    ],
    ["lower case before upper", { https_proxy: "a:1", HTTPS_PROXY: "b:2" }, "https://x.y/", "https_proxy http://a:1/"],
    ["an empty one is none", { https_proxy: "", HTTPS_PROXY: "b:2" }, "https://x.y/", undefined],
    ["a bare host and port", { HTTPS_PROXY: "proxy.corp:3128" }, "https://x.y/", "HTTPS_PROXY http://proxy.corp:3128/"],
    ["never that of a CGI request", { HTTP_PROXY: "a:1", REQUEST_METHOD: "GET" }, "http://x.y/", undefined],
    [
      "for a CGI program the one that no request can name",
      { http_proxy: "a:1", REQUEST_METHOD: "GET" },
      "http://x.y/",
      "http_proxy http://a:1/",
    ],
    ["never for loopback", { HTTP_PROXY: "a:1" }, "http://localhost:5000/", undefined],
    ["never for loopback by address", { HTTP_PROXY: "a:1" }, "http://127.0.0.1:5000/", undefined],
  ])("is %s", (_, env, url, expected) => {
    expect(via(env, url)).toBe(expected);
  });

  test("that was named for this run comes first, for loopback too, but NO_PROXY holds", () => {
    expect(via({ HTTPS_PROXY: "a:1" }, "http://127.0.0.1:5/", "http://b:2")).toBe("--proxy http://b:2/");
    expect(via({ NO_PROXY: "127.0.0.1" }, "http://127.0.0.1:5/", "http://b:2")).toBeUndefined();
  });

  test.each([
    "ftp://p:1",
    "socks5://p:1",
    "http://",
    "http://u:geheim@",
    "http://u:ge/geheim@p:1",
    "u:ge/geheim@p:1",
    "u:1/geheim@p:1",
    "http://u:1/geheim@p:1",
    "http://u:1?geheim@p:1",
  ])("cannot be %s, and no password is shown", (text) => {
    const read = () => readProxySettings({ HTTPS_PROXY: text });
    expect(read).toThrow("HTTPS_PROXY names no proxy that can be used");
    expect(read).not.toThrow("geheim");
  });

  test.each([
    ["http://p:1", undefined],
    ["http://me@p:1", "me:"],
    ["http://me:p%40ss%3Aword@p:1", "me:p@ss:word"],
    ["me:50%25@p:1", "me:50%"],
    ["me:50%@p:1", "me:50%"],
  ])("%s gets the login %s", (text, login) => {
    const proxy = readProxySettings({}, text).proxyFor(new URL("https://x.y/"));
    const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
    expect(authorizationFor(proxy!)).toBe(expected);
  });
});
