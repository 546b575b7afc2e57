import { describe, expect, test } from "vitest";
import {
  formatPlatform,
  type Host,
  matchPlatforms,
  parsePlatform,
  type Platform,
  type PlatformQuery,
  selectPlatform,
} from "../../../src/oci/platform.ts";

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

describe("the system's version", () => {
  const mac = (version: string | undefined) => ({
    version,
    platform: {
      os: "darwin",
      architecture: "arm64",
      ...(version === undefined ? {} : { "os.version": version }),
    },
  });
  const choose = (versions: readonly (string | undefined)[], osVersion?: string): string | undefined =>
    selectPlatform(versions.map(mac), {
      os: "darwin",
      architecture: "arm64",
      ...(osVersion === undefined ? {} : { osVersion }),
    })?.version;

  test.each<[(string | undefined)[], string | undefined, string | undefined]>([
    [["macOS 11", "macOS 13", "macOS 14"], "13", "macOS 13"],
    [["macOS 14", "macOS 11", "macOS 13"], "13", "macOS 13"],
    [["macOS 11", "macOS 13"], "26", "macOS 13"],
    [["macOS 13", "macOS 14"], "12", undefined],
    [["macOS 11.7"], "11", "macOS 11.7"],
    [["macOS 13", "macOS 11"], undefined, "macOS 13"],
  ])("chooses from %j on %s", (versions, host, expected) => {
    expect(choose(versions, host)).toBe(expected);
  });

  test("prefers what names no version to what is too new", () => {
    const candidates = [mac("macOS 14"), mac(undefined)];
    const host = { os: "darwin", architecture: "arm64", osVersion: "13" };
    expect(selectPlatform(candidates, host)).toBe(candidates[1]);
  });

  test("takes Windows' builds for what they are", () => {
    const builds = ["10.0.17763.1234", "10.0.20348.1", "10.0.26100.1"].map((version) => ({
      version,
      platform: { os: "windows", architecture: "amd64", "os.version": version },
    }));
    const host = { os: "windows", architecture: "amd64", osVersion: "10.0.20348" };
    expect(selectPlatform(builds, host)?.version).toBe("10.0.20348.1");
  });

  test("does not count on Linux, where it names a distribution", () => {
    const entry = { platform: { os: "linux", architecture: "amd64", "os.version": "Ubuntu 99.04" } };
    expect(selectPlatform([entry], { os: "linux", architecture: "amd64", osVersion: "6.1" })).toBe(entry);
  });
});

describe("what a person asks for by name", () => {
  const entry = (os: string, architecture: string, more: Partial<Platform> = {}) => ({
    platform: { os, architecture, ...more },
  });
  const index = [
    entry("darwin", "amd64", { "os.version": "macOS 11.7" }),
    entry("darwin", "amd64", { "os.version": "macOS 110" }),
    entry("darwin", "arm64", { "os.version": "macOS 14" }),
    entry("linux", "arm", { variant: "v6" }),
    entry("linux", "arm", { variant: "v7" }),
    entry("linux", "amd64", { "os.features": ["libc.musl"] }),
    entry("linux", "amd64", { "os.features": ["libc.glibc"] }),
    entry("unknown", "unknown"),
  ];
  const find = (os: string, architecture: string, more: Partial<PlatformQuery> = {}): number | number[] | "none" => {
    const match = matchPlatforms(index, { os, architecture, ...more });
    switch (match.kind) {
      case "one":
        return index.indexOf(match.candidate);
      case "several":
        return match.candidates.map((candidate) => index.indexOf(candidate));
      case "none":
        return "none";
    }
  };

  test.each<[string, ReturnType<typeof find>, ReturnType<typeof find>]>([
    ["several systems", find("darwin", "amd64"), [0, 1]],
    ["one of them", find("darwin", "amd64", { osVersion: "macOS 11" }), 0],
    ["one of them in other letters", find("darwin", "amd64", { osVersion: "macos 11.7" }), 0],
    ["a number that only begins alike", find("darwin", "amd64", { osVersion: "macOS 1" }), "none"],
    ["the only one", find("darwin", "arm64"), 2],
    ["the usual variant", find("linux", "arm"), 4],
    ["a variant by name", find("linux", "arm", { variant: "v6" }), 3],
    ["no architecture that is only emulated", find("windows", "arm64"), "none"],
    ["different C libraries", find("linux", "amd64"), [5, 6]],
  ])("finds %s", (_, found, expected) => {
    expect(found).toEqual(expected);
  });
});
