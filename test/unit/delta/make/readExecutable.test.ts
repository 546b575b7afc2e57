import { expect, test } from "vitest";
import { readExecutable } from "../../../../src/delta/make/executable/readExecutable.ts";
import { ARM64, X64 } from "../../../../src/delta/layout.ts";
import { noise } from "../../../support/bytes.ts";
import { linkedProgram } from "../../../support/linkedProgram.ts";
import { sampleMachO } from "../../../support/sampleMachO.ts";
import { samplePe } from "../../../support/samplePe.ts";

test("says where the sections of an ELF executable lie, and which are code", () => {
  const program = linkedProgram({ architecture: "arm64" });
  const text = 300 * 96;
  expect(readExecutable(program)).toEqual({
    segments: [
      { offset: 64, size: text, address: 0x400040 },
      { offset: 64 + text, size: 3600, address: 0x400040 + text },
    ],
    code: [{ start: 64, end: 64 + text, kind: ARM64 }],
    top: 0x400040 + text + 3600,
    base: 0,
  });
});

test("says it of a program for Windows", () => {
  const program = samplePe();
  program.writeBigUInt64LE(0x140000000n, 0x98 + 24);
  program.writeUInt32LE(0x60000020, 0x98 + 240 + 36);
  expect(readExecutable(program)).toEqual({
    segments: [{ offset: 0x400, size: 0x800, address: 0x1000 }],
    code: [{ start: 0x400, end: 0xc00, kind: X64 }],
    top: 0x1800,
    base: 0x140000000,
  });
});

test("says it of a program for a Mac, whose addresses count from its image", () => {
  const program = sampleMachO({ architecture: "x86_64" });
  const section = program.indexOf("__TEXT") + 64;
  program.writeBigUInt64LE(2n ** 32n + 0x400n, section + 32);
  program.writeBigUInt64LE(0x100n, section + 40);
  program.writeUInt32LE(0x80000400, section + 64);
  const offset = program.readUInt32LE(section + 48);
  expect(readExecutable(program)).toEqual({
    segments: [{ offset, size: 0x100, address: 0x400 }],
    code: [{ start: offset, end: offset + 0x100, kind: X64 }],
    top: 0x500,
    base: 2 ** 32,
  });
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["noise", noise(5000)],
  ["an ELF file that is cut short", linkedProgram().subarray(0, 1000)],
  ["a program for Windows that is cut short", samplePe().subarray(0, 0x90)],
])("knows nothing of %s", (_name, bytes) => {
  expect(readExecutable(bytes)).toBeUndefined();
});

test("knows nothing of a program whose addresses do not fit into 31 bits", () => {
  const program = linkedProgram();
  const firstAllocated = Number(program.readBigUInt64LE(40)) + program.readUInt16LE(58);
  program.writeBigUInt64LE(2n ** 31n, firstAllocated + 16);
  expect(readExecutable(program)).toBeUndefined();
});

test("comes to an end where a Mac's program has commands without a length", () => {
  const program = sampleMachO();
  program.writeUInt32LE(0xffffffff, 16);
  program.writeUInt32LE(0, 32 + 4);
  expect(readExecutable(program)).toBeUndefined();
});
