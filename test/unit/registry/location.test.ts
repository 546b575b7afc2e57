import { describe, expect, test } from "vitest";
import { followLocation } from "../../../src/registry/location.ts";

const follow = (from: string, location: string, origin = from): string =>
  followLocation(location, new URL(from), { what: "a redirect", method: "GET", origin: new URL(origin) }).href;

describe("the address that a server sends on to", () => {
  test.each([
    ["https://a.example/v2/x", "/signed?a=b", "https://a.example/signed?a=b"],
    ["https://a.example/v2/x", "https://b.example/", "https://b.example/"],
    ["http://a.example/v2/x", "https://a.example/", "https://a.example/"],
    ["http://127.0.0.1:5000/v2/x", "http://10.0.0.1/", "http://10.0.0.1/"],
    ["https://10.0.0.1/v2/x", "https://192.168.0.1/", "https://192.168.0.1/"],
  ])("%s to %s is followed", (from, location, expected) => {
    expect(follow(from, location)).toBe(expected);
  });

  test.each([
    ["http://b.example/", "from https to http"],
    ["https://localhost/", "internal"],
    ["https://localhost./", "internal"],
    ["https://x.localhost:1/", "internal"],
    ["https://127.1/", "internal"],
    ["https://2130706433/", "internal"],
    ["https://0x7f.0.0.1/", "internal"],
    ["https://10.0.0.1/", "internal"],
    ["https://169.254.169.254/latest", "internal"],
    ["https://[::1]/", "internal"],
    ["https://[::ffff:10.0.0.1]/", "internal"],
    ["https://[fe80::1]/", "internal"],
    ["file:///etc/passwd", "to file:"],
    ["https://", "no address"],
  ])("is refused when a public registry names %s", (location, message) => {
    expect(() => follow("https://registry.example/v2/x", location)).toThrow(message);
  });

  test("counts from where the exchange began, however many servers are in between", () => {
    expect(() => follow("https://b.example/", "https://10.0.0.1/", "https://a.example/")).toThrow("internal");
  });

  test("is shown without its signature when it is refused", () => {
    expect(() => follow("https://a.example/", "http://b.example/x?signature=secret")).toThrow(
      /^(?!.*secret).*http:\/\/b\.example\/x/,
    );
  });
});
