import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { stripElf } from "../../../src/packaging/stripElf.ts";
import { hasProgram } from "../../support/peer.ts";
import { run, type Run } from "../../support/run.ts";
import { sampleElf } from "../../support/sampleElf.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const SECTION_TABLE = 40;
const SECTION_COUNT = 60;
const NAMES_INDEX = 62;

const long = (elf: Buffer, at: number): number => Number(elf.readBigUInt64LE(at));

/** What each program header has the loader read, without the three fields that say where the section table is. */
function loadedOf(elf: Buffer): Buffer[] {
  const copy = Buffer.from(elf);
  copy.fill(0, SECTION_TABLE, SECTION_TABLE + 8).fill(0, SECTION_COUNT, NAMES_INDEX + 2);
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const entry = long(elf, 32) + index * 56;
    const start = long(elf, entry + 8);
    return copy.subarray(start, start + long(elf, entry + 32));
  });
}

function stripUnlessRefused(elf: Buffer): Buffer | undefined {
  try {
    return stripElf(elf);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function sectionAt(elf: Buffer, index: number): number {
  return long(elf, SECTION_TABLE) + index * 64;
}

function change(patch: (elf: Buffer) => unknown): Buffer {
  const elf = sampleElf();
  patch(elf);
  return elf;
}

/** Names and contents in the order of the table. */
function sectionsOf(elf: Buffer): { name: string; size: number; content: Buffer }[] {
  const contentOf = (index: number): Buffer => {
    const at = sectionAt(elf, index);
    const start = long(elf, at + 24);
    return elf.subarray(start, start + (elf.readUInt32LE(at + 4) === 8 ? 0 : long(elf, at + 32)));
  };
  const names = contentOf(elf.readUInt16LE(NAMES_INDEX));
  return Array.from({ length: elf.readUInt16LE(SECTION_COUNT) }, (_, index) => {
    const start = elf.readUInt32LE(sectionAt(elf, index));
    const name = names.toString("latin1", start, names.indexOf(0, start));
    return { name, size: long(elf, sectionAt(elf, index) + 32), content: contentOf(index) };
  });
}

const PROGRAM = `
#include <stdio.h>
static _Thread_local int calls = 40;
static char zeros[100000];
__attribute__((constructor)) static void begin(void) { calls++; }
int main(int count, char **words) { printf("%s %d %d\\n", words[1], ++calls, zeros[99999]); return count; }
`;

describe.runIf(process.platform === "linux")("a real program that was stripped runs as before", () => {
  /** How the stripped program ran, which is how the whole one did. */
  async function compare(directory: string, program: string, args: readonly string[]): Promise<Run> {
    const whole = await readFile(program);
    const stripped = stripElf(whole);
    expect(stripped.length).toBeLessThan(whole.length);
    // Far quicker than to have arrays of this size compared.
    const same = loadedOf(stripped).map((part, index) => loadedOf(whole)[index]?.equals(part));
    expect(same).toEqual(same.map(() => true));
    const path = join(directory, "stripped");
    await writeFile(path, stripped, { mode: 0o755 });
    const ran = await run(path, args);
    expect(ran).toEqual(await run(program, args));
    return ran;
  }

  test("Node", async () => {
    await using directory = await temporaryDirectory();
    const script =
      "new Intl.DateTimeFormat('de', { timeZone: 'UTC' }).format(0) + new WebAssembly.Memory({ initial: 1 }).buffer.byteLength";
    const ran = await compare(directory.path, process.execPath, ["-p", script]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "1.1.197065536\n" });
  });

  test.runIf(hasProgram("cc")).each([["-no-pie"], ["-pie", "-fPIE"]])(
    "a program in C, made with %s",
    async (...flags) => {
      await using directory = await temporaryDirectory();
      const [source, program] = [join(directory.path, "program.c"), join(directory.path, "program")];
      await writeFile(source, PROGRAM);
      execFileSync("cc", ["-g", ...flags, source, "-o", program]);
      const ran = await compare(directory.path, program, ["word"]);
      expect(ran).toMatchObject({ exitCode: 2, stdout: "word 42 0\n" });
    },
  );
});

test("what is loaded stays with its numbers, and the rest is gone", () => {
  const stripped = stripElf(sampleElf());
  const whole = sectionsOf(sampleElf());
  expect(sectionsOf(stripped).map(({ name }) => name)).toEqual(["", ".rela.plt", ".text", ".bss", ".shstrtab"]);
  expect(sectionsOf(stripped).slice(0, 4)).toEqual(whole.slice(0, 4));
  for (const index of [1, 2, 3]) {
    const [before, after] = [sampleElf(), stripped].map((elf) =>
      elf.subarray(sectionAt(elf, index) + 4, sectionAt(elf, index) + 64),
    );
    expect(after).toEqual(before);
  }
  expect(stripped.indexOf(".symtab")).toBe(-1);
});

test("loaded sections and headers stay where no segment covers them too", () => {
  const uncovered = change((elf) => elf.writeBigUInt64LE(0n, 64 + 32));
  expect(sectionsOf(stripElf(uncovered)).slice(0, 4)).toEqual(sectionsOf(uncovered).slice(0, 4));
  for (const index of [1, 2]) uncovered.writeUInt32LE(8, sectionAt(uncovered, index) + 4);
  expect(stripElf(uncovered).subarray(64, 176)).toEqual(uncovered.subarray(64, 176));
});

test("whatever the sizes, all loaded bytes stay, and to strip once more changes nothing", () => {
  const sizes = { codeSize: fc.nat(5000), debugSize: fc.nat(5000) };
  fc.assert(
    fc.property(fc.record(sizes), (options) => {
      const whole = sampleElf(options);
      const stripped = stripElf(whole);
      expect(loadedOf(stripped)).toEqual(loadedOf(whole));
      expect(stripped.length).toBeLessThan(whole.length - options.debugSize);
      expect(stripElf(stripped)).toEqual(stripped);
    }),
  );
});

test("a file with a wrong byte in its headers is refused, or all that is loaded stays", () => {
  const sample = sampleElf({ codeSize: 100, debugSize: 100 });
  const table = sectionAt(sample, 0);
  const header = fc.oneof(fc.integer({ min: 0, max: 175 }), fc.integer({ min: table, max: sample.length - 1 }));
  fc.assert(
    fc.property(header, fc.integer({ min: 0, max: 255 }), (at, value) => {
      const wrong = Buffer.from(sample);
      wrong[at] = value;
      const stripped = stripUnlessRefused(wrong);
      return stripped === undefined || Buffer.concat(loadedOf(stripped)).equals(Buffer.concat(loadedOf(wrong)));
    }),
    { numRuns: 3000 },
  );
});

describe("refused is", () => {
  test.each<[what: string, elf: Buffer, reason: string]>([
    ["an empty file", Buffer.alloc(0), "no ELF file"],
    ["another format", Buffer.from("MZ".padEnd(200)), "no ELF file"],
    ["a 32-bit program", change((elf) => elf.writeUInt8(1, 4)), "not 64-bit and little-endian"],
    ["a big-endian program", change((elf) => elf.writeUInt8(2, 5)), "not 64-bit and little-endian"],
    ["an object file", change((elf) => elf.writeUInt16LE(1, 16)), "no executable"],
    ["a table of other entries", change((elf) => elf.writeUInt16LE(40, 58)), "another size"],
    ["a program without sections", change((elf) => elf.fill(0, 60, 64)), "missing or out of the ordinary"],
    ["names in no section", change((elf) => elf.writeUInt16LE(8, 62)), "missing or out of the ordinary"],
    ["a cut table of sections", sampleElf().subarray(0, -1), "cut short"],
    ["a cut file", sampleElf().subarray(0, 100), "cut short"],
    ["a section beyond the end", change((elf) => elf.writeBigUInt64LE(2n ** 63n, sectionAt(elf, 4) + 24)), "cut short"],
    ["a file that something follows", Buffer.concat([sampleElf(), Buffer.of(0)]), "not its own"],
    ["a section without a name", change((elf) => elf.writeUInt32LE(9999, sectionAt(elf, 4))), "no name"],
    ["loaded names", change((elf) => elf.writeUInt8(2, sectionAt(elf, 7) + 8)), "names are loaded"],
    [
      "a loaded section after one that is not",
      change((elf) => elf.writeUInt8(2, sectionAt(elf, 6) + 8)),
      "do not come first",
    ],
    ["a table that begins with a section", change((elf) => elf.writeUInt32LE(1, sectionAt(elf, 0) + 4)), "come first"],
    ["a link to what goes", change((elf) => elf.writeUInt32LE(5, sectionAt(elf, 2) + 40)), "refers to one"],
    ["a relocation of what goes", change((elf) => elf.writeUInt32LE(4, sectionAt(elf, 1) + 44)), "refers to one"],
  ])("%s", (_, elf, reason) => {
    expect(() => stripElf(elf)).toThrow(
      expect.objectContaining({
        code: "bad-data",
        message: expect.stringContaining(reason),
        hint: expect.any(String),
      }),
    );
  });
});
