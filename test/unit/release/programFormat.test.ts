import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signAdHoc } from "../../../src/packaging/mac/machoSignature.ts";
import { type ProgramFormat, readProgramFormat } from "../../../src/release/format/programFormat.ts";
import { noise } from "../../support/bytes.ts";
import { sampleElf } from "../../support/sampleElf.ts";
import { sampleMachO } from "../../support/sampleMachO.ts";
import { samplePe } from "../../support/samplePe.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { buildWindowsProgram, hasWindowsCompiler } from "../../support/windowsProgram.ts";

async function formatOf(content: Uint8Array | string): Promise<ProgramFormat> {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "file");
  await writeFile(path, content);
  return readProgramFormat(path);
}

interface ElfKind {
  readonly wide: boolean;
  readonly little: boolean;
  readonly machine: number;
  readonly system?: number;
}

/** An ELF header of either width and order, with one segment that names a loader. */
function anyElf({ wide, little, machine, system = 0 }: ElfKind): Buffer {
  const [header, entry] = wide ? [64, 56] : [52, 32];
  const elf = Buffer.alloc(header + entry + 16);
  elf.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, system]);
  const short = (value: number, at: number) => (little ? elf.writeUInt16LE(value, at) : elf.writeUInt16BE(value, at));
  const word = (value: number, at: number) => (little ? elf.writeUInt32LE(value, at) : elf.writeUInt32BE(value, at));
  // An address or size: as wide as the machine.
  const long = (value: number, at: number) => word(value, wide && !little ? at + 4 : at);
  short(2, 16);
  short(machine, 18);
  long(header, wide ? 32 : 28);
  short(entry, wide ? 54 : 42);
  short(1, wide ? 56 : 44);
  word(3, header);
  long(header + entry, header + (wide ? 8 : 4));
  long(16, header + (wide ? 32 : 16));
  elf.write("/lib/loader\0", header + entry, "latin1");
  return elf;
}

function fat(slices: readonly { cpu: number; bytes: Buffer }[]): Buffer {
  const head = Buffer.alloc(8 + slices.length * 20);
  head.writeUInt32BE(0xcafebabe, 0);
  head.writeUInt32BE(slices.length, 4);
  let start = 4096;
  const parts: Buffer[] = [];
  for (const [index, { cpu, bytes }] of slices.entries()) {
    head.writeUInt32BE(cpu, 8 + index * 20);
    head.writeUInt32BE(start, 8 + index * 20 + 8);
    head.writeUInt32BE(bytes.byteLength, 8 + index * 20 + 12);
    const padded = Buffer.alloc(Math.ceil(bytes.byteLength / 4096) * 4096);
    bytes.copy(padded);
    parts.push(padded);
    start += padded.byteLength;
  }
  return Buffer.concat([head, Buffer.alloc(4096 - head.byteLength), ...parts]);
}

/** A signature with something in the place of its certificate. */
function certified(signed: Buffer): Buffer {
  const copy = Buffer.from(signed);
  const start = copy.lastIndexOf(Buffer.from("fade0cc0", "hex"));
  for (let index = 0; index < copy.readUInt32BE(start + 8); index += 1) {
    if (copy.readUInt32BE(start + 12 + index * 8) !== 0x10000) continue;
    copy.writeUInt32BE(900, start + copy.readUInt32BE(start + 16 + index * 8) + 4);
  }
  return copy;
}

describe("a program's format is read from the file", () => {
  test("of Node and esbuild, which run here", () => {
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    expect(readProgramFormat(process.execPath)).toMatchObject({ kind: "elf", architecture, startable: true });
    expect(readProgramFormat(process.execPath)).toHaveProperty("loader", expect.stringContaining("/ld-linux-"));
    const esbuild = join("node_modules", "@esbuild", `linux-${process.arch}`, "bin", "esbuild");
    expect(readProgramFormat(esbuild)).toMatchObject({ kind: "elf", architecture, loader: undefined });
  });

  test.runIf(hasWindowsCompiler())("of what a compiler for Windows makes", async () => {
    await using directory = await temporaryDirectory();
    const [console_, window] = [false, true].map((windowed) =>
      readProgramFormat(buildWindowsProgram(directory.path, { version: "1", windowed })),
    );
    expect(console_).toEqual({ kind: "pe", architecture: "amd64", subsystem: "console", startable: true });
    expect(window).toMatchObject({ subsystem: "window" });
  });

  test.each([
    [true, true, 183, "arm64"],
    [true, false, 22, "s390x"],
    [false, true, 40, "arm"],
    [false, false, 20, "ppc"],
    [true, true, 21, "ppc64le"],
    [true, true, 9999, "machine 9999"],
  ])("of an ELF file: 64 bits %s, little-endian %s, machine %s", async (wide, little, machine, architecture) => {
    expect(await formatOf(anyElf({ wide, little, machine }))).toEqual({
      kind: "elf",
      architecture,
      system: undefined,
      loader: "/lib/loader",
      startable: true,
    });
  });

  test("of an ELF file for another system", async () => {
    expect(await formatOf(anyElf({ wide: true, little: true, machine: 62, system: 9 }))).toMatchObject({
      system: "freebsd",
    });
  });

  test("of a file for Windows: processor, subsystem, library", async () => {
    const pe = { kind: "pe", architecture: "amd64", subsystem: "console", startable: true };
    expect(await formatOf(samplePe())).toEqual(pe);
    expect(await formatOf(samplePe({ machine: 0xaa64, subsystem: 2 }))).toEqual({
      ...pe,
      architecture: "arm64",
      subsystem: "window",
    });
    expect(await formatOf(samplePe({ machine: 0x14c, library: true }))).toMatchObject({
      architecture: "386",
      startable: false,
    });
    expect(await formatOf(Buffer.concat([Buffer.from("MZ"), Buffer.alloc(40)]))).toEqual({
      kind: "other",
      what: "a program for DOS",
    });
  });

  test("of a file for a Mac: whether it is signed, and by whom", async () => {
    const plain = sampleMachO();
    const signed = signAdHoc(plain, { identifier: "app" });
    const slice = { architecture: "arm64", startable: true };
    const one = (signature: string) => ({ kind: "mach-o", slices: [{ ...slice, signature }] });
    expect(await formatOf(plain)).toEqual(one("none"));
    expect(await formatOf(signed)).toEqual(one("ad-hoc"));
    expect(await formatOf(certified(signed))).toEqual(one("certificate"));
    const broken = Buffer.from(signed);
    broken.writeUInt32BE(0, broken.lastIndexOf(Buffer.from("fade0cc0", "hex")));
    expect(await formatOf(broken)).toEqual(one("damaged"));
  });

  test("of each part of a universal file, and not of a Java class", async () => {
    const universal = fat([
      { cpu: 0x01000007, bytes: sampleMachO({ architecture: "x86_64" }) },
      { cpu: 0x0100000c, bytes: signAdHoc(sampleMachO(), { identifier: "app" }) },
    ]);
    expect(await formatOf(universal)).toEqual({
      kind: "mach-o",
      slices: [
        { architecture: "amd64", signature: "none", startable: true },
        { architecture: "arm64", signature: "ad-hoc", startable: true },
      ],
    });
    const java = Buffer.concat([Buffer.from("cafebabe00000041", "hex"), noise(100)]);
    expect(await formatOf(java)).toMatchObject({ kind: "other" });
  });

  test.each([
    ["ELF", sampleElf()],
    ["PE", samplePe()],
    ["Mach-O", sampleMachO()],
  ])("of a %s file that was cut short: damaged", async (_name, whole) => {
    expect((await formatOf(whole)).kind).not.toBe("damaged");
    // What only a debugger reads lies behind what is loaded.
    const half = whole.subarray(0, Math.min(1000, Math.floor(whole.byteLength / 2)));
    const format = await formatOf(half);
    expect(format).toMatchObject({ kind: "damaged", size: half.byteLength });
    expect((format as { wanted: number }).wanted).toBeGreaterThan(half.byteLength);
  });

  test.each([
    ["#! /usr/bin/env python3\nprint(1)\n", { kind: "script", interpreter: "/usr/bin/env python3" }],
    ["echo hello\n", { kind: "text" }],
    ["", { kind: "other", what: "an empty file" }],
    [Buffer.alloc(100), { kind: "other", what: "a file of zeros" }],
    ["PK\u0003\u0004rest", { kind: "other", what: "a zip file" }],
    ["\n<!DOCTYPE html><p>404", { kind: "other", what: "a web page" }],
    ["version https://git-lfs.github.com/spec/v1\n", { kind: "other", what: expect.stringContaining("Git LFS") }],
    [Buffer.from("00010203", "hex"), { kind: "other", what: "no format that is known here" }],
  ])("of what is published by mistake: %j", async (content, expected) => {
    expect(await formatOf(content)).toEqual(expected);
  });

  test("without an exception, whatever bytes there are", async () => {
    const starts = [sampleElf(), samplePe(), signAdHoc(sampleMachO(), { identifier: "app" }), fat([])];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...starts),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
        async (start, changes) => {
          const bytes = Buffer.from(start);
          for (const [at, value] of changes) if (at > 3 && at < bytes.byteLength) bytes[at] = value;
          expect(await formatOf(bytes)).toHaveProperty("kind");
        },
      ),
      { numRuns: 200 },
    );
  });
});
