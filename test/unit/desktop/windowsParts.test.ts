import { describe, expect, test } from "vitest";
import type { DesktopApp } from "../../../src/desktop/desktop.ts";
import { associations, removals, uninstallEntry } from "../../../src/desktop/windows/entries.ts";
import type { Registry } from "../../../src/desktop/windows/registry.ts";
import type { RegistryChange, RegistryValue } from "../../../src/desktop/windows/registryFile.ts";
import { addToPath, removeFromPath } from "../../../src/desktop/windows/searchPath.ts";
import { findShellFolders } from "../../../src/desktop/windows/shellFolders.ts";

const app: DesktopApp = {
  id: "com.example.app",
  name: "Example",
  publisher: "Example Inc.",
  version: "1.2.0",
  size: async () => 1_000_000,
  interface: "window",
  desktop: {
    shortcut: false,
    command: "example",
    fileTypes: [{ extension: "slip", mimeType: "application/x-slip" }],
    urlSchemes: ["slip"],
  },
  icon: undefined,
  uninstall: "Uninstall Example",
};
const launcher = String.raw`C:\L\example.exe`;

/** A registry in memory, of one key. */
function registryOf(values: Readonly<Record<string, RegistryValue>>) {
  const changes: RegistryChange[] = [];
  const registry: Registry = {
    change: async (more) => void changes.push(...more),
    read: async () => new Map(Object.entries(values)),
  };
  return { registry, changes };
}

describe("the entry in Installed apps", () => {
  test("says what it is, how large, and how it is removed", () => {
    const { values } = uninstallEntry(app, {
      launcher,
      location: String.raw`C:\L`,
      size: 1_000_000,
      date: new Date(2026, 0, 5),
    });
    expect(values).toMatchObject({
      DisplayName: { text: "Example" },
      DisplayVersion: { text: "1.2.0" },
      Publisher: { text: "Example Inc." },
      EstimatedSize: { value: 977 },
      InstallDate: { text: "20260105" },
      UninstallString: { text: `"${launcher}" --launcher uninstall` },
      QuietUninstallString: { text: `"${launcher}" --launcher uninstall --yes` },
    });
  });
});

describe("associations", () => {
  test("are taken away again, one and all, and nothing of another program's", () => {
    const made = associations(app, launcher);
    const gone = removals(app);
    const removed = gone.flatMap(({ key, delete: all }) => (all === true ? [key] : []));
    const left = made.filter(({ key }) => !removed.some((root) => key === root || key.startsWith(`${root}\\`)));
    // The extension's own key may be somebody else's: our name is taken out of it.
    const extension = String.raw`HKEY_CURRENT_USER\Software\Classes\.slip`;
    expect(left.map(({ key }) => key)).toEqual([`${extension}\\OpenWithProgids`, extension]);
    expect(gone).toContainEqual({
      key: `${extension}\\OpenWithProgids`,
      values: { "com.example.app.slip": undefined },
    });
  });

  test("offer the program, and take no type from the one that has it", () => {
    const keys = associations(app, launcher).filter(({ key }) => key.endsWith(".slip") && !key.includes("com.example"));
    for (const { values } of keys) expect(Object.keys(values ?? {})).not.toContain("");
  });
});

describe("the PATH", () => {
  const folder = String.raw`C:\L`;
  const path = (text: string, kind: "string" | "expand" = "expand"): Record<string, RegistryValue> => ({
    Path: { kind, text },
  });
  const KEY = String.raw`HKEY_CURRENT_USER\Environment`;

  test.each([
    [
      "gets the folder at its end",
      path(String.raw`C:\ä;%X%\bin`),
      "Path",
      { kind: "expand", text: String.raw`C:\ä;%X%\bin;C:\L` },
    ],
    ["keeps its kind", path(String.raw`C:\a`, "string"), "Path", { kind: "string", text: String.raw`C:\a;C:\L` }],
    [
      "keeps its spelling",
      { PATH: { kind: "expand" as const, text: "C:\\a" } },
      "PATH",
      { kind: "expand", text: String.raw`C:\a;C:\L` },
    ],
    ["is made where there is none", {}, "Path", { kind: "expand", text: folder }],
  ])("%s", async (_, values, name, expected) => {
    const { registry, changes } = registryOf(values);
    expect(await addToPath(registry, folder)).toBe(true);
    expect(changes).toEqual([{ key: KEY, values: { [name]: expected } }]);
  });

  test.each([String.raw`C:\a;C:\L`, String.raw`c:\l\;C:\a`])("%s has the folder already", async (text) => {
    const { registry, changes } = registryOf(path(text));
    expect(await addToPath(registry, folder)).toBe(false);
    expect(changes).toEqual([]);
  });

  test.each([
    ["loses the folder, and nothing else", String.raw`C:\a;C:\L;%X%`, { kind: "expand", text: String.raw`C:\a;%X%` }],
    ["goes when nothing is left", folder, undefined],
  ])("%s", async (_, text, expected) => {
    const { registry, changes } = registryOf(path(text));
    expect(await removeFromPath(registry, folder)).toBe(true);
    expect(changes).toEqual([{ key: KEY, values: { Path: expected } }]);
  });

  test("without the folder is left alone", async () => {
    const { registry, changes } = registryOf(path(String.raw`C:\a`));
    expect(await removeFromPath(registry, folder)).toBe(false);
    expect(changes).toEqual([]);
  });
});

describe("a person's folders", () => {
  const env = { APPDATA: "C:\\R", USERPROFILE: "C:\\P", OneDrive: "C:\\O" };

  test("are where the registry says, with its variables in any case", async () => {
    const { registry } = registryOf({
      Programs: { kind: "expand", text: String.raw`%appdata%\Menu` },
      Desktop: { kind: "expand", text: String.raw`%OneDrive%\Desktop` },
    });
    expect(await findShellFolders(registry, env)).toEqual({ programs: "C:\\R\\Menu", desktop: "C:\\O\\Desktop" });
  });

  test("are where they always were when it does not say", async () => {
    const { programs, desktop } = await findShellFolders(registryOf({}).registry, env);
    expect([programs, desktop].map((folder) => folder.replaceAll("/", "\\"))).toEqual([
      String.raw`C:\R\Microsoft\Windows\Start Menu\Programs`,
      String.raw`C:\P\Desktop`,
    ]);
  });
});
