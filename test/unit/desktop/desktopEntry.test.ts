import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DesktopEntry, formatDesktopEntry, formatMimePackage } from "../../../src/desktop/linux/desktopEntry.ts";
import { hasProgram } from "../../support/peer.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const entry: DesktopEntry = {
  id: "com.example.app",
  name: "Example",
  interface: "window",
  desktop: { shortcut: false, fileTypes: [], urlSchemes: [] },
  uninstall: "Uninstall Example",
  executable: "/home/p/.local/share/com.example.app/launcher/Example",
  hasIcon: false,
};

describe("a menu entry", () => {
  test.each([
    ["/opt/a b/app", 'Exec="/opt/a b/app"'],
    ["/opt/100%/app", 'Exec="/opt/100%%/app"'],
    ['/opt/"q"/app', String.raw`Exec="/opt/\\"q\\"/app"`],
    ["/opt/$HOME/app", String.raw`Exec="/opt/\\$HOME/app"`],
    ["/opt/a\\b/app", String.raw`Exec="/opt/a\\\\b/app"`],
  ])("starts %s by the rules for quotes", (executable, line) => {
    expect(formatDesktopEntry({ ...entry, executable }).split("\n")).toContain(line);
  });

  test("passes addresses to a program that opens them, and paths to one that opens files", () => {
    const fileTypes = [{ extension: "slip", mimeType: "application/x-slip" }];
    const files = formatDesktopEntry({ ...entry, desktop: { ...entry.desktop, fileTypes } });
    expect(files).toContain('/Example" %F\n');
    expect(files).toContain("MimeType=application/x-slip;\n");
    expect(formatDesktopEntry({ ...entry, desktop: { ...entry.desktop, fileTypes, urlSchemes: ["slip"] } })).toContain(
      '/Example" %U\n',
    );
  });

  test.each([
    ["console", "Terminal=true"],
    ["window", "Terminal=false"],
  ] as const)("of a %s program says %s", (kind, line) => {
    expect(formatDesktopEntry({ ...entry, interface: kind })).toContain(`\n${line}\n`);
  });

  test("cannot be given further lines by a name", () => {
    const lines = formatDesktopEntry({ ...entry, name: "a\nExec=evil" }).split("\n");
    expect(lines).toContain(String.raw`Name=a\nExec=evil`);
    expect(lines).not.toContain("Exec=evil");
  });
});

describe.skipIf(!hasProgram("update-mime-database"))("a package of file types", () => {
  test("is taken by the system's own reader", async () => {
    await using directory = await temporaryDirectory();
    const packages = join(directory.path, "packages");
    mkdirSync(packages);
    const fileTypes = [{ extension: "slip", description: "A <slip> & more" }];
    const text = formatMimePackage({ ...entry, desktop: { ...entry.desktop, fileTypes } });
    writeFileSync(join(packages, "com.example.app.xml"), text);
    execFileSync("update-mime-database", [directory.path], { stdio: "pipe" });
    const globs = execFileSync("cat", [join(directory.path, "globs2")], { encoding: "utf8" });
    expect(globs).toContain("application/x-com.example.app-slip:*.slip");
  });
});
