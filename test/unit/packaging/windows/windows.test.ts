import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brandWindows, numbersOf } from "../../../../src/packaging/windows/brand.ts";
import { checksumOf, writeChecksum } from "../../../../src/packaging/windows/checksum.ts";
import { composeNsisScript, makeCompact } from "../../../../src/packaging/windows/nsis.ts";
import { decodePng } from "../../../../src/packaging/icon/png.ts";
import { hasProgram } from "../../../support/peer.ts";
import { sampleIcon } from "../../../support/sampleIcon.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";
import { buildWindowsProgram, hasWindowsCompiler } from "../../../support/windowsProgram.ts";

const branding = { name: "Example Äpp", version: "1.2.3", fileName: "Example.exe", interface: "console" } as const;

test.each([
  ["1.2.3", [1, 2, 3]],
  ["1.2.3-rc.1+7", [1, 2, 3]],
  ["70000.1.99999", [65_535, 1, 65_535]],
])("version %s has the numbers %j", (version, expected) => expect(numbersOf(version)).toEqual(expected));

describe.skipIf(!hasWindowsCompiler())("a Windows executable", () => {
  const build = (directory: string): Buffer => readFileSync(buildWindowsProgram(directory, { version: "1" }));

  test("has the checksum that the linker wrote", async () => {
    await using directory = await temporaryDirectory();
    const executable = build(directory.path);
    const header = executable.readUInt32LE(0x3c);
    const written = executable.readUInt32LE(header + 88);
    expect(written).not.toBe(0);
    expect(checksumOf(executable)).toBe(written);
    // The field itself does not count.
    executable.writeUInt32LE(0, header + 88);
    expect(checksumOf(executable)).toBe(written);
  });

  test("of an odd length has one too, and gets it written", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "odd.exe");
    await writeFile(path, Buffer.concat([build(directory.path), Buffer.from([7])]));
    await writeChecksum(path);
    const executable = await readFile(path);
    expect(executable.readUInt32LE(executable.readUInt32LE(0x3c) + 88)).toBe(checksumOf(executable));
  });

  test.skipIf(!hasProgram("exiftool"))("tells its name, version and publisher", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "branded.exe");
    const executable = build(directory.path);
    await writeFile(path, brandWindows(executable, { ...branding, publisher: "Example Inc.", interface: "window" }));
    const [found] = JSON.parse(execFileSync("exiftool", ["-json", path], { encoding: "utf8" })) as unknown[];
    expect(found).toMatchObject({
      FileDescription: "Example Äpp",
      CompanyName: "Example Inc.",
      FileVersionNumber: "1.2.3.0",
      ProductVersion: "1.2.3",
      OriginalFileName: "Example.exe",
      Subsystem: "Windows GUI",
      ObjectFileType: "Executable application",
    });
  });

  test.skipIf(!hasProgram("wrestool"))(
    "has the icon that it is given, and not that of what it is made of",
    async () => {
      await using directory = await temporaryDirectory();
      const path = join(directory.path, "branded.exe");
      const count = (): number =>
        execFileSync("wrestool", ["--list", "--type=3", path], { encoding: "utf8" }).match(/type=icon/g)?.length ?? 0;
      const icon = decodePng(sampleIcon(64));
      const withIcon = brandWindows(build(directory.path), { ...branding, icon });
      await writeFile(path, withIcon);
      expect(count()).toBe(7);
      await writeFile(path, brandWindows(withIcon, { ...branding, icon: decodePng(sampleIcon(32)) }));
      expect(count()).toBe(4);
      await writeFile(path, brandWindows(withIcon, branding));
      expect(count()).toBe(0);
    },
  );
});

test("what is no Windows executable has no checksum", () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("MZ"), Buffer.alloc(200), Buffer.from("#!/bin/sh")])
    expect(() => checksumOf(bytes)).toThrow(expect.objectContaining({ code: "bad-data" }));
});

describe("the script of a compressed file", () => {
  const compact = {
    launcher: "/out/app.exe",
    output: "/out/app.compact.exe",
    name: "Example",
    version: "1.2.3",
    place: String.raw`com.example.app\Data\launcher\Example.exe`,
  };

  test("asks for no administrator, and looks for a launcher that is as new", () => {
    const script = composeNsisScript(compact);
    expect(script).toContain("RequestExecutionLevel user");
    expect(script).toContain(String.raw`$LOCALAPPDATA\com.example.app\Data\launcher\Example.exe`);
    expect(script).toContain("U< 65538");
    expect(script).toContain("U< 196608");
  });

  test("starts its own launcher where the one in its place cannot be started, and never ends well without any", () => {
    const script = composeNsisScript(compact);
    const start = script.slice(script.indexOf("\nstart:"));
    expect(start).toMatch(/ClearErrors\n\s+ExecWait .*\n\s+IfErrors 0 started\n/);
    expect(start).toContain(String.raw`StrCmp $unpacked "" unpack`);
    expect(start).toMatch(/SetErrorLevel 69\n\s+Return\n/);
  });

  test("cannot be changed by a name", () => {
    const script = composeNsisScript({ ...compact, name: 'A "quoted" $INSTDIR\nExecWait evil' });
    expect(script).toContain(String.raw`Name "A $\"quoted$\" $$INSTDIR ExecWait evil"`);
    expect(script.split("\n").filter((line) => line.startsWith("ExecWait"))).toEqual([]);
  });

  test.skipIf(!hasProgram("makensis"))("is taken by makensis, whatever the name", async () => {
    await using directory = await temporaryDirectory();
    const launcher = join(directory.path, "app.exe");
    await writeFile(launcher, "a launcher");
    const output = join(directory.path, "out $x.exe");
    const name = 'A "quoted" $INSTDIR & 日本';
    await makeCompact(
      { ...compact, launcher, output, name, publisher: "P" },
      { directory: directory.path, env: process.env },
    );
    expect((await readFile(output)).toString("latin1", 0, 2)).toBe("MZ");
  });

  test("without makensis says what to install", async () => {
    await using directory = await temporaryDirectory();
    await expect(makeCompact(compact, { directory: directory.path, env: { PATH: directory.path } })).rejects.toThrow(
      expect.objectContaining({ code: "unavailable", hint: expect.stringContaining("Install NSIS") }),
    );
  });
});
