import { describe, expect, test } from "vitest";
import { parseRoute, type Route } from "../../../../src/server/gateway/route.ts";

const linux = { os: "linux", architecture: "amd64" };
const windows = { os: "windows", architecture: "amd64" };

function file(platform: unknown, tag?: string, fileName?: string): unknown {
  return { kind: "file", tag, platform, fileName };
}

describe("a path of a gateway", () => {
  test.each<[target: string, route: unknown]>([
    ["/", { kind: "page", language: undefined }],
    ["/?from=mail", { kind: "page", language: undefined }],
    ["/de/", { kind: "page", language: "de" }],
    ["/download", { kind: "download" }],
    ["/download?utm_source=x/../../y", { kind: "download" }],
    ["/icon.png", { kind: "icon" }],
    ["/favicon.ico", { kind: "icon" }],
    ["/badge.svg", { kind: "badge" }],
    ["/downloads.json", { kind: "catalog" }],
    ["/SHA256SUMS", { kind: "sums" }],
    ["/healthz", { kind: "health" }],
    ["/metrics", { kind: "metrics" }],
    ["/windows-amd64", file(windows)],
    ["/latest/windows-amd64", file(windows)],
    ["/linux-arm-v7", file({ os: "linux", architecture: "arm", variant: "v7" })],
    ["/any", file(undefined)],
    ["/1.4.2/linux-amd64", file(linux, "1.4.2")],
    ["/v1.4.2/linux-amd64", file(linux, "v1.4.2")],
    ["/1.4.0_7/linux-amd64", file(linux, "1.4.0_7")],
    ["/launcher-1.0.0/windows-amd64", file(windows, "launcher-1.0.0")],
    ["/1.4.2/any", file(undefined, "1.4.2")],
    ["/1.4.2/linux-amd64/app.bin", file(linux, "1.4.2", "app.bin")],
    ["/1.4.2/linux-amd64/f%C3%BCr%20alle%20%25.exe", file(linux, "1.4.2", "für alle %.exe")],
    ["/1.4.2/linux%2Damd64", file(linux, "1.4.2")],
    ["http://elsewhere.example/download", { kind: "download" }],
    ["HTTPS://user@elsewhere.example:99?x", { kind: "page", language: undefined }],
  ])("%s leads somewhere", (target, route) => {
    expect(parseRoute(target)).toEqual(route);
  });

  test.each([
    ["/de", "/de/"],
    ["/macos-arm64", "/darwin-arm64"],
    ["/linux-x64", "/linux-amd64"],
    ["/Linux-x86_64", "/linux-amd64"],
    ["/windows/amd64", "/windows-amd64"],
    ["/linux/arm/v7", "/linux-arm-v7"],
    ["/latest/win/x64", "/windows-amd64"],
    ["/1.4.2/macos/aarch64", "/1.4.2/darwin-arm64"],
    ["/1.4.2/linux/x64/app", "/1.4.2/linux-amd64/app"],
    ["/1.4.0+7/linux-amd64", "/1.4.0_7/linux-amd64"],
  ])("%s is another way to write %s", (target, path) => {
    expect(parseRoute(target)).toEqual({ kind: "moved", path });
    expect(parseRoute(path)).not.toMatchObject({ kind: "moved" } satisfies Partial<Route>);
  });

  test.each([
    "",
    "*",
    "?x",
    "example.com:443",
    "/v2/",
    "/v2/example/app/manifests/latest",
    "//",
    "//evil.example/download",
    "/..",
    "/../download",
    "/%2e%2e/download",
    "/./download",
    "/1.4.2/../linux-amd64",
    "/1.4.2/%2e%2e/linux-amd64",
    "/1.4.2//linux-amd64",
    "/1.4.2%2flinux-amd64",
    "/1.4.2%2Flinux-amd64",
    "/1.4.2/linux-amd64/..%2f..%2fetc%2fpasswd",
    "/1.4.2/linux-amd64/..",
    "/1.4.2/linux-amd64/",
    "/1.4.2/linux-amd64/a/b",
    "/1.4.2/linux-amd64/%2e%2e",
    "/1.4.2/linux-amd64/a%00",
    "/1.4.2/linux-amd64/a%0d%0aSet-Cookie:x",
    "/1.4.2/linux-amd64/a\\b",
    "/1.4.2/linux-amd64/a%5cb",
    "/1.4.2/linux-amd64/%C2%9B",
    "/1.4.2/linux-amd64/%ff",
    "/1.4.2/linux-amd64/%",
    "/1.4.2/linux-amd64/für",
    "/download%00",
    "/%252e%252e/download",
    "/download/",
    "/de/download",
    "/xx/",
    "/latest",
    "/1.4/linux-amd64",
    "/stable/linux-amd64",
    "/sha256-abc/linux-amd64",
    "/launcher-/linux-amd64",
    "/constructor",
    "/__proto__",
    "/toString-amd64",
    "/linux-",
    "/linux",
    "/-linux-amd64",
    `/${"1".repeat(4000)}`,
    `/1.4.2-${"a".repeat(130)}/linux-amd64`,
    `/linux-${"a".repeat(100)}`,
  ])("%j leads nowhere", (target) => {
    expect(parseRoute(target)).toBeUndefined();
  });
});
