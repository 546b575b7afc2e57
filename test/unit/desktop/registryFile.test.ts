import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatRegistryFile, parseRegistryFile } from "../../../src/desktop/windows/registryFile.ts";

const KEY = String.raw`HKEY_CURRENT_USER\Software\Example`;
const text = (bytes: Buffer): string => bytes.subarray(2).toString("utf16le");

describe("a registry file", () => {
  test("comes out as it went in, whatever is in its strings", () => {
    const string = fc.string({ unit: "grapheme", maxLength: 30 }).filter((value) => !value.includes("\0"));
    const value = fc.oneof(
      fc.record({ kind: fc.constantFrom("string" as const, "expand" as const), text: string }),
      fc.record({ kind: fc.constant("number" as const), value: fc.nat(0xffffffff) }),
    );
    const names = string.filter((name) => !/[\r\n]/.test(name) && name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(names, value, { noNullPrototype: true }), (values) => {
        const read = parseRegistryFile(formatRegistryFile([{ key: KEY, values }]));
        expect(Object.fromEntries(read.get(KEY) ?? [])).toEqual(values);
      }),
    );
  });

  test("is UTF-16 with a mark, as the system's own program writes and wants it", () => {
    const bytes = formatRegistryFile([{ key: KEY, values: { "": { kind: "string", text: "Ä" } } }]);
    expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xfe]);
    expect(text(bytes)).toBe(`Windows Registry Editor Version 5.00\r\n\r\n[${KEY}]\r\n@="Ä"\r\n\r\n`);
  });

  test("takes keys and values away", () => {
    const changes = [
      { key: KEY, delete: true as const },
      { key: `${KEY}2`, values: { gone: undefined } },
    ];
    expect(text(formatRegistryFile(changes))).toContain(`[-${KEY}]\r\n\r\n[${KEY}2]\r\n"gone"=-\r\n`);
  });

  test("is read as it is exported: long values go over lines, and other kinds are passed over", () => {
    const exported = [
      "Windows Registry Editor Version 5.00",
      "",
      String.raw`[HKEY_CURRENT_USER\Environment]`,
      String.raw`"Path"=hex(2):25,00,41,00,25,00,\ `.trimEnd(),
      "  3b,00,42,00,00,00",
      '"TEMP"="C:\\\\Temp"',
      '"binary"=hex:01,02',
      '"count"=dword:0000000a',
      "",
    ].join("\r\n");
    for (const bytes of [Buffer.from(`\uFEFF${exported}`, "utf16le"), Buffer.from(exported, "latin1")]) {
      expect(parseRegistryFile(bytes).get(String.raw`HKEY_CURRENT_USER\Environment`)).toEqual(
        new Map<string, unknown>([
          ["Path", { kind: "expand", text: "%A%;B" }],
          ["TEMP", { kind: "string", text: String.raw`C:\Temp` }],
          ["count", { kind: "number", value: 10 }],
        ]),
      );
    }
  });

  test("is read with strings that go over lines, which are no keys and no values", () => {
    const exported = (breaks: string): Buffer =>
      Buffer.from(
        `\uFEFFWindows Registry Editor Version 5.00\r\n\r\n[${KEY}]\r\n"Path"="C:\\\\${breaks}[X]${breaks}\\"a\\"=D"\r\n"n"=dword:00000001\r\n`,
        "utf16le",
      );
    // Windows writes line breaks as they are, wine with a letter.
    for (const breaks of ["\r\n", String.raw`\r\n`]) {
      expect(parseRegistryFile(exported(breaks))).toEqual(
        new Map([
          [
            KEY,
            new Map<string, unknown>([
              ["Path", { kind: "string", text: 'C:\\\r\n[X]\r\n"a"=D' }],
              ["n", { kind: "number", value: 1 }],
            ]),
          ],
        ]),
      );
    }
  });

  test("of the old kind has a byte for each character", () => {
    const old = Buffer.from(
      `REGEDIT4\r\n\r\n[${KEY}]\r\n"Path"=hex(2):25,41,25,\\\r\n  3b,e4,00\r\n"s"="ä"\r\n`,
      "latin1",
    );
    expect(parseRegistryFile(old).get(KEY)).toEqual(
      new Map([
        ["Path", { kind: "expand", text: "%A%;ä" }],
        ["s", { kind: "string", text: "ä" }],
      ]),
    );
  });
});
