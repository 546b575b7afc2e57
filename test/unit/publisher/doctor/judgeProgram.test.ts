import { describe, expect, test } from "vitest";
import { parsePlatform } from "../../../../src/oci/platform.ts";
import { judgeProgram } from "../../../../src/publisher/doctor/judgeProgram.ts";
import { judgeSignature } from "../../../../src/publisher/doctor/judgeSignature.ts";
import type { MacSignature } from "../../../../src/release/format/machO.ts";
import type { ProgramFormat } from "../../../../src/release/format/programFormat.ts";

const elf = (more: Partial<ProgramFormat & { kind: "elf" }> = {}): ProgramFormat => ({
  kind: "elf",
  architecture: "amd64",
  system: undefined,
  loader: "/lib64/ld-linux-x86-64.so.2",
  startable: true,
  ...more,
});
const pe = (more: Partial<ProgramFormat & { kind: "pe" }> = {}): ProgramFormat => ({
  kind: "pe",
  architecture: "amd64",
  subsystem: "console",
  startable: true,
  ...more,
});
const machO = (...architectures: string[]): ProgramFormat => ({
  kind: "mach-o",
  slices: architectures.map((architecture) => ({ architecture, signature: "ad-hoc", startable: true })),
});

interface Case {
  readonly platform: string;
  readonly format: ProgramFormat;
  readonly path?: string;
  readonly interface?: "console" | "window";
  readonly expected: "ok" | "warning" | "failed";
  readonly says: string;
}

const CASES: readonly Case[] = [
  { platform: "linux/amd64", format: elf(), expected: "ok", says: "glibc" },
  { platform: "linux/amd64", format: elf({ loader: undefined }), expected: "ok", says: "static" },
  {
    platform: "linux/arm64",
    format: elf(),
    expected: "failed",
    says: "ELF program for amd64, published as linux/arm64",
  },
  { platform: "linux/amd64", format: elf({ architecture: "386" }), expected: "warning", says: "32 bits" },
  { platform: "linux/amd64", format: elf({ system: "freebsd" }), expected: "failed", says: "on freebsd" },
  { platform: "freebsd/amd64", format: elf({ system: "freebsd" }), expected: "ok", says: "ELF" },
  { platform: "linux/amd64", format: elf({ startable: false }), expected: "failed", says: "a library" },
  { platform: "linux/amd64", format: elf({ loader: "/lib/ld-musl-x86_64.so.1" }), expected: "warning", says: "musl" },
  { platform: "linux/amd64", format: elf({ loader: "/nix/store/x/ld-linux.so.2" }), expected: "failed", says: "/nix/" },
  { platform: "darwin/arm64", format: elf(), expected: "failed", says: "ELF" },
  { platform: "darwin/arm64", format: machO("arm64"), expected: "ok", says: "arm64" },
  { platform: "darwin/arm64", format: machO("amd64", "arm64"), expected: "ok", says: "amd64 and arm64" },
  { platform: "darwin/arm64", format: machO("amd64"), expected: "warning", says: "Rosetta" },
  { platform: "darwin/amd64", format: machO("arm64"), expected: "failed", says: "published as darwin/amd64" },
  { platform: "linux/amd64", format: machO("amd64"), expected: "failed", says: "Mach-O" },
  { platform: "windows/amd64", format: pe(), expected: "ok", says: "Windows program" },
  { platform: "windows/amd64", format: pe({ architecture: "386" }), expected: "ok", says: "64-bit Windows runs it" },
  { platform: "windows/amd64", format: pe({ architecture: "arm64" }), expected: "failed", says: "for arm64" },
  { platform: "windows/arm64", format: pe(), expected: "ok", says: "emulation" },
  { platform: "windows/amd64", format: pe({ startable: false }), expected: "failed", says: "a library" },
  { platform: "windows/amd64", format: pe(), path: "bin.d/app", expected: "failed", says: "no extension" },
  { platform: "windows/amd64", format: pe(), path: "bin/app.v2.exe", expected: "ok", says: "app.v2.exe" },
  { platform: "windows/amd64", format: pe(), interface: "window", expected: "warning", says: "black window" },
  {
    platform: "windows/amd64",
    format: pe({ subsystem: "window" }),
    interface: "console",
    expected: "warning",
    says: "not seen",
  },
  { platform: "windows/amd64", format: pe({ subsystem: "window" }), expected: "ok", says: "Windows program" },
  {
    platform: "linux/amd64",
    format: { kind: "script", interpreter: "/bin/sh" },
    expected: "ok",
    says: "needs /bin/sh",
  },
  { platform: "windows/amd64", format: { kind: "script", interpreter: "x" }, expected: "failed", says: "a script" },
  { platform: "darwin/arm64", format: { kind: "text" }, expected: "warning", says: "first line" },
  { platform: "windows/amd64", format: { kind: "text" }, expected: "failed", says: "is text" },
  { platform: "linux/amd64", format: { kind: "other", what: "a zip file" }, expected: "failed", says: "is a zip file" },
  { platform: "linux/amd64", format: { kind: "damaged", wanted: 9, size: 5 }, expected: "failed", says: "has 5 bytes" },
];

describe("what is published for a platform", () => {
  test.each(CASES.map((entry) => [entry.platform, entry.expected, entry.says, entry] as const))(
    "for %s is %s: %s",
    (platform, status, says, { format, path, interface: wanted }) => {
      const file = path ?? (platform.startsWith("windows") ? "app.exe" : "app");
      const verdict = judgeProgram({ path: file, format, platform: parsePlatform(platform), interface: wanted });
      expect(verdict).toMatchObject({ status, detail: expect.stringContaining(says) });
      expect(verdict.fix === undefined).toBe(status === "ok");
    },
  );

  test("may need musl when its platform says so", () => {
    const platform = { ...parsePlatform("linux/amd64"), "os.features": ["libc.musl"] };
    const format = elf({ loader: "/lib/ld-musl-x86_64.so.1" });
    expect(judgeProgram({ path: "app", format, platform, interface: undefined })).toMatchObject({ status: "ok" });
  });
});

describe("a Mac's signature", () => {
  test.each<[string, MacSignature, string, string]>([
    ["arm64", "none", "failed", "end it at once"],
    ["amd64", "none", "warning", "Intel"],
    ["arm64", "damaged", "failed", "damaged"],
    ["arm64", "ad-hoc", "ok", "Gatekeeper"],
    ["arm64", "certificate", "ok", "notarized"],
  ])("of a program for %s: %s is %s", (architecture, signature, status, says) => {
    const format = { kind: "mach-o", slices: [{ architecture, signature, startable: true }] } as const;
    expect(judgeSignature([{ path: "app", format }])).toMatchObject({ status, detail: expect.stringContaining(says) });
  });

  test("is wanted of every file, for the program loads them", () => {
    const file = (path: string, signature: MacSignature) => ({
      path,
      format: { kind: "mach-o", slices: [{ architecture: "arm64", signature, startable: false }] } as const,
    });
    expect(judgeSignature([file("app", "ad-hoc"), file("lib/x.dylib", "none")])).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(/^lib\/x\.dylib is not signed/),
    });
  });
});
