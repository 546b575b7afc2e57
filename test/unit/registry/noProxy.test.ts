import { describe, expect, test } from "vitest";
import { parseNoProxy } from "../../../src/registry/noProxy.ts";

const isDirect = (rules: string, url: string): boolean => parseNoProxy(rules)(new URL(url));

describe("NO_PROXY", () => {
  test.each([
    ["*", "https://x.y/"],
    ["z, X.y", "https://x.y/"],
    ["z x.y", "https://x.y/"],
    ["x.y", "https://b.x.y/"],
    [".x.y", "https://b.x.y/"],
    ["*.x.y", "https://b.x.y/"],
    ["x.y:443", "https://x.y/"],
    ["x.y:80", "http://x.y/"],
    ["x.y:5000", "https://x.y:5000/"],
    ["10.20.30.40", "https://10.20.30.40/"],
    ["10.20.30.40:5000", "https://10.20.30.40:5000/"],
    ["10.0.0.0/8", "https://10.20.30.40/"],
    ["10.20.0.0/15", "https://10.21.0.1/"],
    ["0.0.0.0/0", "https://10.21.0.1/"],
    ["fd00::1", "https://[fd00::1]/"],
    ["[fd00::1]:5000", "https://[fd00::1]:5000/"],
    ["fd00::/8", "https://[fd12:3456::1]/"],
  ])("%s takes %s out", (rules, url) => {
    expect(isDirect(rules, url)).toBe(true);
  });

  test.each([
    ["", "https://x.y/"],
    [" , ", "https://x.y/"],
    [".", "https://x.y/"],
    ["x.y", "https://ax.y/"],
    ["b.x.y", "https://x.y/"],
    ["x.y:444", "https://x.y/"],
    ["10.0.0.0/8", "https://11.0.0.1/"],
    ["10.0.0.0/33", "https://10.0.0.1/"],
    ["10.0.0.0/8", "https://10.example/"],
    ["10.20.30.40:5000", "https://10.20.30.40/"],
    ["fd00::/8", "https://[fe00::1]/"],
    ["fd00::/129", "https://[fd00::1]/"],
    ["::/0", "https://x.y/"],
  ])("%j leaves %s", (rules, url) => {
    expect(isDirect(rules, url)).toBe(false);
  });
});
