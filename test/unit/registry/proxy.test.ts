import { describe, expect, test } from "vitest";
import { readProxySettings } from "../../../src/registry/proxy.ts";

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
    ["for both", { ALL_PROXY: "socks5://p:1" }, "http://a.example/", "ALL_PROXY socks5://p:1"],
    [
      "the special one before that for all",
      { ALL_PROXY: "a:1", https_proxy: "b:2" },
      "https://x.y/",
      "HTTPS_PROXY http://b:2/",
    ],
    ["lower case before upper", { https_proxy: "a:1", HTTPS_PROXY: "b:2" }, "https://x.y/", "HTTPS_PROXY http://a:1/"],
    ["an empty one is none", { https_proxy: "", HTTPS_PROXY: "b:2" }, "https://x.y/", undefined],
    ["a bare host and port", { HTTPS_PROXY: "proxy.corp:3128" }, "https://x.y/", "HTTPS_PROXY http://proxy.corp:3128/"],
    ["never that of a CGI request", { HTTP_PROXY: "a:1", REQUEST_METHOD: "GET" }, "http://x.y/", undefined],
    ["never for loopback", { HTTP_PROXY: "a:1" }, "http://localhost:5000/", undefined],
    ["never for loopback by address", { HTTP_PROXY: "a:1" }, "http://127.0.0.1:5000/", undefined],
    ["not for everything", { HTTPS_PROXY: "a:1", NO_PROXY: "*" }, "https://x.y/", undefined],
    ["not for a host", { HTTPS_PROXY: "a:1", NO_PROXY: "z, x.y" }, "https://x.y/", undefined],
    ["not for what is below a host", { HTTPS_PROXY: "a:1", NO_PROXY: ".x.y" }, "https://b.x.y/", undefined],
    ["not for what is below a star", { HTTPS_PROXY: "a:1", no_proxy: "*.x.y" }, "https://b.x.y/", undefined],
    [
      "but for what only ends alike",
      { HTTPS_PROXY: "a:1", NO_PROXY: "x.y" },
      "https://ax.y/",
      "HTTPS_PROXY http://a:1/",
    ],
    ["not for one port", { HTTPS_PROXY: "a:1", NO_PROXY: "x.y:443" }, "https://x.y/", undefined],
    ["but for another port", { HTTPS_PROXY: "a:1", NO_PROXY: "x.y:444" }, "https://x.y/", "HTTPS_PROXY http://a:1/"],
    ["not for a range", { HTTPS_PROXY: "a:1", NO_PROXY: "10.0.0.0/8" }, "https://10.20.30.40/", undefined],
    [
      "but outside of it",
      { HTTPS_PROXY: "a:1", NO_PROXY: "10.0.0.0/8" },
      "https://11.0.0.1/",
      "HTTPS_PROXY http://a:1/",
    ],
  ])("is %s", (_, env, url, expected) => {
    expect(via(env, url)).toBe(expected);
  });

  test("that was named for this run comes first, for loopback too, but NO_PROXY holds", () => {
    expect(via({ HTTPS_PROXY: "a:1" }, "http://127.0.0.1:5/", "http://b:2")).toBe("--proxy http://b:2/");
    expect(via({ NO_PROXY: "127.0.0.1" }, "http://127.0.0.1:5/", "http://b:2")).toBeUndefined();
  });

  test.each(["ftp://p:1", "http://", "http://u:geheim@"])("cannot be %s, and no password is shown", (text) => {
    const read = () => readProxySettings({ HTTPS_PROXY: text });
    expect(read).toThrow("HTTPS_PROXY names no proxy that can be used");
    expect(read).not.toThrow("geheim");
  });
});
