import { describe, expect, test } from "vitest";
import { formatPlatform, type Host, parsePlatform, type Platform, selectPlatform } from "../../../src/oci/platform.ts";

describe("platforms", () => {
  test.each([
    ["linux/amd64", "linux/amd64"],
    ["Linux/x86_64", "linux/amd64"],
    ["macos/aarch64", "darwin/arm64"],
    ["win32/x64", "windows/amd64"],
    ["linux/arm/v7", "linux/arm/v7"],
    ["darwin/amd64", "darwin/amd64"],
    ["windows/ia32", "windows/386"],
    // A key of every object, which must not be looked up as one.
    ["linux/constructor", "linux/constructor"],
  ])("%s is %s", (text, expected) => expect(formatPlatform(parsePlatform(text))).toBe(expected));

  test.each([
    "",
    "constructor/amd64",
    "linux",
    "linux/",
    "/amd64",
    "linux/amd64/",
    "linux/a/b/c",
    "beos/amd64",
    "linux/am d",
  ])("%j is none", (text) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({ code: "usage", hint: expect.stringContaining("OS/ARCH") }),
    );
  });
});

describe("the platform that is selected", () => {
  const entry = (text: string, more: Partial<Platform> = {}) => ({
    name: `${text} ${JSON.stringify(more)}`,
    platform: { ...parsePlatform(text), ...more },
  });
  const linux: Host = { os: "linux", architecture: "amd64", libc: "glibc" };
  const mac: Host = { os: "darwin", architecture: "arm64" };
  const windows: Host = { os: "windows", architecture: "arm64" };
  const musl = entry("linux/amd64", { "os.features": ["libc.musl"] });
  const glibc = entry("linux/amd64", { "os.features": ["libc.glibc"] });
  const plain = entry("linux/amd64");
  const arm64 = entry("darwin/arm64");
  const amd64 = entry("darwin/amd64");

  test.each([
    ["the exact one", [entry("linux/arm64"), plain], linux, plain],
    ["the first on ties", [plain, entry("linux/amd64")], linux, plain],
    ["its own architecture before an emulated one", [amd64, arm64], mac, arm64],
    ["an emulated one where there is no other (Rosetta)", [amd64], mac, amd64],
    ["an emulated one on Windows on ARM", [entry("windows/amd64")], windows, entry("windows/amd64")],
    ["nothing emulated on Linux", [plain], { ...linux, architecture: "arm64" }, undefined],
    ["the C library that fits", [musl, glibc], linux, glibc],
    ["one that names its C library before one that names none", [plain, glibc], linux, glibc],
    ["one that names none before one that does not fit", [musl, plain], linux, plain],
    ["nothing with another C library", [musl], linux, undefined],
    ["no newer variant than the machine's", [entry("linux/amd64", { variant: "v3" })], linux, undefined],
    [
      "the highest variant that runs",
      [entry("linux/arm/v6"), entry("linux/arm/v7")],
      { os: "linux", architecture: "arm", variant: "v7" },
      entry("linux/arm/v7"),
    ],
    [
      "an older variant where there is no better",
      [entry("linux/arm/v6")],
      { os: "linux", architecture: "arm", variant: "v7" },
      entry("linux/arm/v6"),
    ],
    [
      "a variant that is what an unnamed one means",
      [entry("linux/arm64", { variant: "v8" })],
      { os: "linux", architecture: "arm64" },
      entry("linux/arm64", { variant: "v8" }),
    ],
    [
      "nothing that only looks like a known architecture",
      [{ name: "x", platform: { os: "linux", architecture: "constructor", variant: "v1" } }],
      { os: "linux", architecture: "constructor" },
      undefined,
    ],
    ["nothing of another system", [entry("windows/arm64"), entry("linux/arm64")], mac, undefined],
    [
      "its own architecture, though the other one's variant is higher",
      [entry("darwin/amd64", { variant: "v3" }), arm64],
      mac,
      arm64,
    ],
    [
      "the one without libc on a system without",
      [entry("darwin/arm64", { "os.features": ["libc.musl"] })],
      mac,
      entry("darwin/arm64", { "os.features": ["libc.musl"] }),
    ],
    [
      "the one that names features of another kind",
      [entry("linux/amd64", { "os.features": ["gpu"] })],
      linux,
      entry("linux/amd64", { "os.features": ["gpu"] }),
    ],
    ["the first where the machine's C library is unknown", [musl, glibc], { os: "linux", architecture: "amd64" }, musl],
    ["no attestation", [{ name: "x", platform: { os: "unknown", architecture: "unknown" } }], linux, undefined],
    ["nothing without a platform", [{ name: "x" }], linux, undefined],
  ] as const)("is %s", (_, candidates, host, expected) => {
    expect(selectPlatform<{ name: string; platform?: Platform }>(candidates, host)?.name).toBe(expected?.name);
  });
});
