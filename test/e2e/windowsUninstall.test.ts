import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectSuccess } from "../support/sandbox.ts";
import { canRunWindows, lines, openWindowsSandbox, startMenu } from "../support/windowsSandbox.ts";

const UNINSTALL = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\com.example.app`;
const CLASSES = String.raw`HKCU\Software\Classes`;
const ENVIRONMENT = String.raw`HKCU\Environment`;

describe.skipIf(!canRunWindows())("on Windows, uninstalling", () => {
  test("leaves no trace when told so", async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, data } = sandbox;
    await computer.run("reg", [
      "add",
      ENVIRONMENT,
      "/v",
      "Path",
      "/t",
      "REG_EXPAND_SZ",
      "/d",
      String.raw`C:\ä;%FOO%\bin`,
    ]);
    await sandbox.publish("1.0.0");
    const fileTypes = [{ extension: "slip" }];
    await sandbox.build({ desktop: { shortcut: true, command: "example", fileTypes, urlSchemes: ["slip"] } });
    await sandbox.launch();
    expect(await computer.registry(ENVIRONMENT)).toMatch(/Path\s+REG_EXPAND_SZ\s+C:\\.*;%FOO%\\bin;C:.*launcher/);
    const config = join(computer.profile, "AppData", "Roaming", "com.example.app", "Config");
    await mkdir(config, { recursive: true });
    await writeFile(join(config, "installer.json"), "{}");

    const launcher = join(data, "launcher", "example.exe");
    const removed = await sandbox.launch(["--launcher", "uninstall", "--delete-settings"], { launcher });
    expect(removed).toMatchObject({ exitCode: 0, stdout: "Example App was removed.\n", stderr: "" });
    await computer.settle();
    const traces = readdirSync(computer.profile, { recursive: true, encoding: "utf8" }).filter((path) =>
      /example|slipway/i.test(path),
    );
    expect(traces).toEqual([]);
    for (const key of [UNINSTALL, `${CLASSES}\\slip`, `${CLASSES}\\com.example.app.slip`])
      expect(await computer.registry(key)).toBeUndefined();
    expect(await computer.registry(ENVIRONMENT)).toMatch(/Path\s+REG_EXPAND_SZ\s+C:\\.*;%FOO%\\bin\s*$/m);
  });

  test("leaves an address alone that another program has taken over", async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, placed } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build({ desktop: { urlSchemes: ["slip", "slide"] } });
    await sandbox.launch();
    expect(await computer.registry(`${CLASSES}\\slip`)).toContain("Example-App.exe");
    const theirs = ["/ve", "/d", String.raw`C:\other.exe "%1"`, "/f"];
    await computer.run("reg", ["add", `${CLASSES}\\slip\\shell\\open\\command`, ...theirs]);
    expectSuccess(await sandbox.launch(["--launcher", "uninstall", "--yes"], { launcher: placed }));
    expect(await computer.registry(`${CLASSES}\\slip`)).toContain("other.exe");
    expect(await computer.registry(`${CLASSES}\\slide`)).toBeUndefined();
  });

  test("stops nothing that runs, and removes nothing meanwhile", async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, placed, data } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    const told = join(computer.drive, "told.txt");
    const running = sandbox.launch(["--sleep", "20000"], { launcher: placed, env: { TOLD: String.raw`C:\told.txt` } });
    await expect.poll(() => existsSync(told), { timeout: 20_000 }).toBe(true);
    const refused = await sandbox.launch(["--launcher", "uninstall", "--yes"], { launcher: placed });
    expect(refused).toMatchObject({ exitCode: 75, stderr: expect.stringContaining("Example App is still running.") });
    expect(await running).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "--sleep", "20000") });
    expect([existsSync(join(data, "active.json")), existsSync(startMenu(sandbox))]).toEqual([true, true]);
    expectSuccess(await sandbox.launch(["--launcher", "uninstall", "--yes"], { launcher: placed }));
  });

  test("is what Installed apps starts, and keeps the person's settings", async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, placed, data } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    const config = join(computer.profile, "AppData", "Roaming", "com.example.app", "Config");
    await mkdir(config, { recursive: true });
    await writeFile(join(config, "installer.json"), "{}");
    const entry = (await computer.registry(UNINSTALL)) ?? "";
    const [, command] = /QuietUninstallString\s+REG_SZ\s+(.*)/.exec(entry) ?? [];
    expect(command).toMatch(/^".*Example-App\.exe" --launcher uninstall --yes/);
    expectSuccess(await sandbox.launch(["--launcher", "uninstall", "--yes"], { launcher: placed }));
    await computer.settle();
    expect(existsSync(data)).toBe(false);
    expect(readFileSync(join(config, "installer.json"), "utf8")).toBe("{}");
  });
});
