import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DesktopFacts } from "../../../src/desktop/desktop.ts";
import { openDesktop } from "../../../src/desktop/open.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

/** A Mac without its programs: what is run is written down, and ditto copies. */
async function openMac(changed: Partial<DesktopFacts> = {}) {
  const directory = await temporaryDirectory();
  const ran: (readonly string[])[] = [];
  let locale = "";
  const facts: DesktopFacts = {
    id: "com.example.app",
    name: "Example App",
    fileName: "Example-App",
    command: undefined,
    directory: join(directory.path, "data", "launcher"),
    entry: join(directory.path, "data", "launcher", ".entry"),
    settled: join(directory.path, "Applications", "Example App.app"),
    executable: join(directory.path, "Downloads", "Example App.app", "Contents", "MacOS", "Example-App"),
    userHome: directory.path,
    env: {},
    startGuard: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    async run(command, args) {
      ran.push([command, ...args]);
      const [from = "", to = ""] = args;
      if (command === "/usr/bin/ditto" && !from.startsWith("-")) await cp(from, to, { recursive: true });
      return { exitCode: 0, stdout: command === "/usr/bin/defaults" ? locale : "" };
    },
    ...changed,
  };
  const desktop = openDesktop("darwin", facts);
  return { directory, desktop, ran, speak: (text: string) => (locale = text) };
}

function makeApp(bundle: string, content: string): void {
  mkdirSync(join(bundle, "Contents", "MacOS"), { recursive: true });
  writeFileSync(join(bundle, "Contents", "MacOS", "Example-App"), content, { mode: 0o755 });
}

describe("a launcher on a Mac", () => {
  test("is the bundle that it runs from, wherever the system runs that from", async () => {
    const moved = "/private/var/folders/xy/AppTranslocation/0A/d/Example App.app";
    const { directory, desktop } = await openMac({ executable: `${moved}/Contents/MacOS/Example-App` });
    await using _ = directory;
    expect(desktop.origin).toBe(moved);
    expect(desktop.executableIn(desktop.home)).toBe(`${desktop.home}/Contents/MacOS/Example-App`);
  });

  test("goes to the person's own Applications where everybody's may not be written", async () => {
    const { directory, desktop } = await openMac({ settled: undefined });
    await using _ = directory;
    const everybodys = existsSync("/Applications");
    expect(desktop.home).toBe(join(everybodys ? "/" : directory.path, "Applications", "Example App.app"));
  });

  test("is placed whole, without the mark of a download, and replaces what was there", async () => {
    const { directory, desktop, ran } = await openMac();
    await using _ = directory;
    makeApp(desktop.origin, "one");
    await desktop.place(desktop.origin);
    makeApp(desktop.origin, "two");
    await desktop.place(desktop.origin);
    expect(readFileSync(desktop.executableIn(desktop.home), "utf8")).toBe("two");
    const marks = ran.filter(([command]) => command === "/usr/bin/xattr");
    expect(marks.map(([, ...args]) => args.slice(0, 2))).toEqual([
      ["-dr", "com.apple.quarantine"],
      ["-dr", "com.apple.quarantine"],
    ]);
    // What it moved aside is gone.
    expect(ran.length).toBe(4);
    expect(readdirSync(join(directory.path, "Applications"))).toEqual(["Example App.app"]);
  });

  test("never replaces another program that has its name, but an older one of its own", async () => {
    const { directory, desktop } = await openMac();
    await using _ = directory;
    makeApp(desktop.origin, "ours");
    makeApp(desktop.home, "theirs");
    const plist = join(desktop.home, "Contents", "Info.plist");
    writeFileSync(plist, "<key>CFBundleIdentifier</key><string>org.other</string>");
    await expect(desktop.place(desktop.origin)).rejects.toThrow(`${desktop.home} is another program`);
    expect(readFileSync(desktop.executableIn(desktop.home), "utf8")).toBe("theirs");
    writeFileSync(plist, "<key>CFBundleIdentifier</key><string>com.example.app</string>");
    await desktop.place(desktop.origin);
    expect(readFileSync(desktop.executableIn(desktop.home), "utf8")).toBe("ours");
  });

  test("is not placed when it is no app", async () => {
    const { directory, desktop } = await openMac({ executable: "/usr/local/bin/example" });
    await using _ = directory;
    await expect(desktop.place(desktop.origin)).rejects.toThrow("is not the app that was published");
  });

  test("is unpacked from its zip by the system's own tool, and has to be in it", async () => {
    const { directory, desktop, ran } = await openMac();
    await using _ = directory;
    await expect(desktop.unpack("/x/app.zip", directory.path)).rejects.toThrow("Example App.app is not in what was");
    makeApp(join(directory.path, "Example App.app"), "new");
    expect(await desktop.unpack("/x/app.zip", directory.path)).toBe(join(directory.path, "Example App.app"));
    expect(ran.at(-1)).toEqual(["/usr/bin/ditto", "-x", "-k", "/x/app.zip", directory.path]);
  });

  test("is taken away with its folder", async () => {
    const { directory, desktop, ran } = await openMac();
    await using _ = directory;
    makeApp(desktop.home, "one");
    mkdirSync(join(directory.path, "data", "launcher"), { recursive: true });
    const app = { id: "x", name: "x", desktop: { shortcut: false, fileTypes: [], urlSchemes: [] } };
    await desktop.remove(app);
    await desktop.removeLauncher();
    expect(ran.at(-1)?.slice(1)).toEqual(["-u", desktop.home]);
    expect([existsSync(desktop.home), existsSync(join(directory.path, "data", "launcher"))]).toEqual([false, false]);
  });

  test.each([
    ['(\n    "de-AT",\n    "en-GB"\n)\n', "de-AT"],
    ['(\n    "zh-Hans-CN"\n)\n', "zh-Hans-CN"],
    ["", undefined],
  ])("speaks the language that the system has: %j", async (text, expected) => {
    const { directory, desktop, speak } = await openMac();
    await using _ = directory;
    speak(text);
    expect(await desktop.locale()).toBe(expected);
  });

  test("is opened in Terminal when it is for terminals", async () => {
    const { directory, desktop } = await openMac();
    await using _ = directory;
    expect(desktop.inTerminal("/x")).toEqual(["/usr/bin/open", "-a", "Terminal", "/x"]);
  });
});
