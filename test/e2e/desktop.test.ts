import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { readlink, symlink, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodePng } from "../../src/packaging/icon/png.ts";
import { hasProgram } from "../support/peer.ts";
import { sampleIcon } from "../support/sampleIcon.ts";
import { command, entry, placed, prepare } from "../support/linuxPlaces.ts";
import { openSandbox, expectSuccess, type Sandbox } from "../support/sandbox.ts";

function ran({ home }: Sandbox): string {
  return readFileSync(join(home, "ran"), "utf8").trim();
}

describe("a file that is opened for the first time", () => {
  test("runs the program, and gives it a place, a menu entry and a command", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    expect(await sandbox.open()).toBe(0);
    expect(ran(sandbox)).toBe("one");
    expect(statSync(placed(sandbox)).mode & 0o111).toBe(0o111);
    const text = readFileSync(entry(sandbox), "utf8");
    expect(text).toContain("\nName=app\n");
    expect(text).toContain(`\nExec="${placed(sandbox)}"\n`);
    expect(await readlink(command(sandbox))).toBe(placed(sandbox));
    expect(await sandbox.launch([], { launcher: command(sandbox) })).toMatchObject({ exitCode: 0, stdout: "one\n" });
  });

  test.skipIf(!hasProgram("desktop-file-validate"))(
    "writes an entry that the desktop's own checker takes",
    async () => {
      await using sandbox = await openSandbox();
      const fileTypes = [{ extension: "slip", description: "Slip <1>" }];
      await prepare(sandbox, { name: "app", desktop: { fileTypes, urlSchemes: ["slip"] } });
      await sandbox.open();
      expect(execFileSync("desktop-file-validate", [entry(sandbox)], { encoding: "utf8" })).toBe("");
      expect(readFileSync(entry(sandbox), "utf8")).toContain(
        "MimeType=application/x-com.example.app-slip;x-scheme-handler/slip;",
      );
      expect(existsSync(join(sandbox.home, ".local", "share", "mime", "packages", "com.example.app.xml"))).toBe(true);
    },
  );

  test("has the publisher's icon, in the size that menus want", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "icon.png"), sampleIcon(512));
    await prepare(sandbox, { icon: "icon.png" });
    await sandbox.open();
    const icon = join(sandbox.home, ".local/share/icons/hicolor/256x256/apps/com.example.app.png");
    const { width, height } = decodePng(readFileSync(icon));
    expect([width, height]).toEqual([256, 256]);
    expect(readFileSync(entry(sandbox), "utf8")).toContain("\nIcon=com.example.app\n");
  });

  test("is just the program when it is opened again, even where the place was made by it", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.open();
    const { ino } = statSync(placed(sandbox));
    expect(await sandbox.open()).toBe(0);
    expect(await sandbox.open({ launcher: placed(sandbox) })).toBe(0);
    expect(statSync(placed(sandbox)).ino).toBe(ino);
  });

  test("makes its place anew when that was deleted", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.open();
    execFileSync("rm", [placed(sandbox), entry(sandbox)]);
    await sandbox.open();
    expect([existsSync(placed(sandbox)), existsSync(entry(sandbox))]).toEqual([true, true]);
  });

  test("takes the place of an older launcher, and leaves a newer one there", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { launcherVersion: "1.0.0" });
    await sandbox.open();
    await sandbox.build({ interface: "window", launcherVersion: "1.1.0" });
    await sandbox.open();
    expect(await sandbox.launch(["--launcher", "version"], { launcher: placed(sandbox) })).toMatchObject({
      stdout: "1.1.0\n",
    });
    await sandbox.build({ interface: "window", launcherVersion: "1.0.5" });
    expect(await sandbox.open()).toBe(0);
    expect(await sandbox.launch(["--launcher", "version"], { launcher: placed(sandbox) })).toMatchObject({
      stdout: "1.1.0\n",
    });
  });

  test("leaves a command of that name alone that belongs to another program, and starts all the same", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await mkdir(join(sandbox.home, ".local", "bin"), { recursive: true });
    await writeFile(command(sandbox), "another");
    expect(await sandbox.open()).toBe(0);
    expect(readFileSync(command(sandbox), "utf8")).toBe("another");
    expect(existsSync(entry(sandbox))).toBe(true);
  });

  test.each([
    ["the publisher does not want it", { install: false }, {}],
    ["there is no display", {}, { DISPLAY: "" }],
  ])("gets no place when %s", async (_, settings, env) => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, settings);
    expect(await sandbox.open({ env })).toBe(0);
    expect(ran(sandbox)).toBe("one");
    expect(existsSync(placed(sandbox))).toBe(false);
  });

  test("gets no place when it is started by a script, until somebody asks for it", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.launch([], { env: { DISPLAY: ":4095" } });
    expect(existsSync(placed(sandbox))).toBe(false);
    expect(await sandbox.launch(["--launcher", "install"])).toMatchObject({
      exitCode: 0,
      stdout: `app is at ${placed(sandbox)}.\n`,
    });
    expect(existsSync(entry(sandbox))).toBe(true);
  });

  test("opens a terminal for a program that needs one", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { interface: "console" });
    const bin = join(sandbox.home, "terminals");
    await mkdir(bin);
    await writeFile(join(bin, "xdg-terminal-exec"), '#!/bin/sh\necho "$@" > "$HOME/terminal"\n', { mode: 0o755 });
    expect(await sandbox.open({ env: { PATH: `${bin}:${process.env["PATH"]}` } })).toBe(0);
    await expect.poll(() => existsSync(join(sandbox.home, "terminal"))).toBe(true);
    await expect.poll(() => readFileSync(join(sandbox.home, "terminal"), "utf8").trim()).toBe(placed(sandbox));
    expect(existsSync(join(sandbox.home, "ran"))).toBe(false);
  });
});

describe("uninstalling", () => {
  const everything = ({ home }: Sandbox): string[] =>
    readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((found) => !found.isDirectory())
      .map((found) => join(found.parentPath, found.name).slice(home.length + 1))
      // Made by the system's own tools when entries change.
      .filter((path) => !path.startsWith(".local/share/mime/") && !path.endsWith("mimeinfo.cache"));

  test("leaves no trace when told so", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox, { desktop: { fileTypes: [{ extension: "slip" }], shortcut: true } });
    await mkdir(join(sandbox.home, "Desktop"));
    await sandbox.open();
    await sandbox.override({ version: "1.0.0" });
    expect(existsSync(join(sandbox.home, "Desktop", "com.example.app.desktop"))).toBe(true);
    const removed = await sandbox.launch(["--launcher", "uninstall", "--delete-settings"], {
      launcher: placed(sandbox),
    });
    expect(removed).toMatchObject({ exitCode: 0, stdout: "app was removed.\n", stderr: "" });
    expect(everything(sandbox)).toEqual(["ran"]);
    expect(existsSync(sandbox.data)).toBe(false);
  });

  test("keeps the person's settings unless told otherwise", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.open();
    await sandbox.override({ version: "1.0.0" });
    expectSuccess(await sandbox.launch(["--launcher", "uninstall", "--yes"], { launcher: placed(sandbox) }));
    expect(everything(sandbox).sort()).toEqual([".config/com.example.app/installer.json", "ran"]);
  });

  test("keeps a file that the program has put there, and another program's command", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.open();
    await writeFile(join(sandbox.data, "own.db"), "theirs");
    execFileSync("rm", [command(sandbox)]);
    await symlink("/bin/true", command(sandbox));
    expectSuccess(await sandbox.launch(["--launcher", "uninstall", "--yes"], { launcher: placed(sandbox) }));
    expect(readFileSync(join(sandbox.data, "own.db"), "utf8")).toBe("theirs");
    expect(await readlink(command(sandbox))).toBe("/bin/true");
  });

  test("can be followed by a first start", async () => {
    await using sandbox = await openSandbox();
    await prepare(sandbox);
    await sandbox.open();
    expectSuccess(await sandbox.launch(["--launcher", "uninstall", "--yes"]));
    expect(await sandbox.open()).toBe(0);
    expect(existsSync(placed(sandbox))).toBe(true);
  });
});
