import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectSuccess } from "../support/sandbox.ts";
import { canRunWindows, lines, openWindowsSandbox, startMenu } from "../support/windowsSandbox.ts";

const UNINSTALL = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\com.example.app`;
const CLASSES = String.raw`HKCU\Software\Classes`;
const ENVIRONMENT = String.raw`HKCU\Environment`;

describe.skipIf(!canRunWindows())("on Windows, a file that is opened for the first time", () => {
  test("fetches the program and becomes it: arguments and exit code pass through", async () => {
    await using sandbox = await openWindowsSandbox();
    await sandbox.publish("1.0.0");
    await sandbox.build();
    const args = ["a b", "", 'say "hi"', "back\\slash\\", 'both\\"', "ä日", "100%", "%PATH%", "a&b|c>d", "--exit", "7"];
    // Options for other Node programs are no business of the launcher's.
    const env = { NODE_OPTIONS: "--no-such-option" };
    for (const launcher of [sandbox.downloaded, sandbox.placed]) {
      const run = await sandbox.launch(args, { launcher, env });
      expect(run).toMatchObject({ exitCode: 7, stdout: lines("1.0.0", ...args) });
    }
  });

  test("gives it a place, shortcuts, and entries that Windows knows", async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, placed, data } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build({
      publisher: "Example Inc.",
      desktop: {
        shortcut: true,
        command: "example",
        fileTypes: [{ extension: "slip", description: "Slip" }],
        urlSchemes: ["slip"],
      },
    });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    const launcher = join(data, "launcher", "example.exe");
    expect([existsSync(launcher), existsSync(placed)]).toEqual([true, false]);
    const windowsPath = String.raw`AppData\Local\com.example.app\Data\launcher\example.exe`;

    for (const link of [startMenu(sandbox), join(computer.profile, "Desktop", "Example App.lnk")]) {
      const parsed = execFileSync("lnkinfo", [link], { encoding: "utf8" });
      expect(parsed).toContain(windowsPath);
      expect(parsed).toContain("Description");
    }
    const entry = (await computer.registry(UNINSTALL)) ?? "";
    for (const expected of [
      /DisplayName\s+REG_SZ\s+Example App/,
      /DisplayVersion\s+REG_SZ\s+1\.0\.0/,
      /Publisher\s+REG_SZ\s+Example Inc\./,
      /DisplayIcon\s+REG_SZ\s+".*example\.exe",0/,
      /UninstallString\s+REG_SZ\s+".*example\.exe" --launcher uninstall/,
      /EstimatedSize\s+REG_DWORD\s+0x[1-9a-f]/,
      /NoModify\s+REG_DWORD\s+0x1/,
    ])
      expect(entry).toMatch(expected);
    expect(await computer.registry(`${CLASSES}\\slip`)).toMatch(/URL Protocol[^]*example\.exe" "%1"/);
    expect(await computer.registry(`${CLASSES}\\com.example.app.slip`)).toContain('example.exe" "%1"');
    expect(await computer.registry(`${CLASSES}\\.slip`)).toContain("com.example.app.slip");
    expect(await computer.registry(ENVIRONMENT)).toMatch(/Path\s+REG_EXPAND_SZ\s+.*com\.example\.app\\Data\\launcher/);

    // The system's own ways to start it. Wine looks for addresses' programs in the machine's part of the registry alone.
    const told = join(computer.drive, "told.txt");
    const env = { TOLD: String.raw`C:\told.txt` };
    const reads = (): string => (existsSync(told) ? readFileSync(told, "utf8") : "");
    await computer.run("start", ["/unix", startMenu(sandbox)], { env });
    await expect.poll(reads, { timeout: 60_000 }).toBe("1.0.0\n");
    expect((await computer.run("cmd", ["/c", "example", "by name"])).stdout).toBe(lines("1.0.0", "by name"));
  });

  test("is just the program when it is opened again", async () => {
    await using sandbox = await openWindowsSandbox();
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    const before = readFileSync(join(sandbox.data, "launcher", "settled.json"), "utf8");
    const log = join(sandbox.data, "log", "launcher.jsonl");
    const settled = (): number => readFileSync(log, "utf8").split('"settled"').length;
    expect(settled()).toBe(2);
    expect(await sandbox.launch(["x"])).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "x") });
    expect(readFileSync(join(sandbox.data, "launcher", "settled.json"), "utf8")).toBe(before);
    expect(settled()).toBe(2);
  });

  test("needs no network when it carries the release", async () => {
    await using sandbox = await openWindowsSandbox();
    await sandbox.publish("1.0.0");
    await sandbox.build({}, ["--bundle"]);
    await sandbox.publisher.stopRegistry();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    expect(await sandbox.launch([], { launcher: sandbox.placed })).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
  });
});

describe.skipIf(!canRunWindows())("on Windows, a launcher at its place", () => {
  test("updates the program, and tells Windows which version there is", async () => {
    await using sandbox = await openWindowsSandbox();
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("1.1.0");
    expect(await sandbox.launch([], { launcher: sandbox.placed })).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(await sandbox.computer.registry(UNINSTALL)).toMatch(/DisplayVersion\s+REG_SZ\s+1\.1\.0/);
  });

  test("goes back when the new version crashes, and passes its arguments again", async () => {
    await using sandbox = await openWindowsSandbox();
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("1.1.0");
    const { exitCode, stdout, stderr } = await sandbox.launch(["--crash"], { launcher: sandbox.placed });
    expect(stdout).toBe(lines("1.1.0", "--crash", "1.0.0", "--crash"));
    expect(stderr).toContain("Example App 1.1.0 does not run on this computer, so 1.0.0 is used again.");
    expect(exitCode).not.toBe(0);
    expect(await sandbox.launch([], { launcher: sandbox.placed })).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
  });

  test("is replaced by a newer one while it runs, and clears up at its next update", async () => {
    await using sandbox = await openWindowsSandbox();
    const { placed, data, publisher } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build({ launcherVersion: "1.0.0" });
    await sandbox.launch();
    await sandbox.build({ launcherVersion: "1.1.0" });
    expectSuccess(await publisher.slipway(["push", "--launcher", "--codings", "none"]));
    const running = sandbox.launch(["--sleep", "15000"], { launcher: placed });
    const settled = (): string => readFileSync(join(data, "launcher", "settled.json"), "utf8");
    await expect.poll(settled, { timeout: 60_000, interval: 200 }).toContain('"launcherVersion": "1.1.0"');
    expect(await running).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "--sleep", "15000") });
    await sandbox.computer.settle();
    const version = await sandbox.launch(["--launcher", "version"], { launcher: placed });
    expect(version).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(await sandbox.launch(["x"], { launcher: placed })).toMatchObject({
      exitCode: 0,
      stdout: lines("1.0.0", "x"),
    });
    expectSuccess(await sandbox.launch(["--launcher", "update"], { launcher: placed }));
    expect(readdirSync(join(data, "launcher")).sort()).toEqual(["Example-App.exe", "settled.json"]);
  });
});

describe.skipIf(!canRunWindows())("on Windows, a program with windows of its own", () => {
  test("gets a launcher without a console, which leaves when the program runs", async () => {
    await using sandbox = await openWindowsSandbox();
    await sandbox.publish("1.0.0", { windowed: true });
    await sandbox.build({ interface: "window" });
    const env = { TOLD: String.raw`C:\told.txt` };
    const told = join(sandbox.computer.drive, "told.txt");
    // Its first run is watched, and so its end is known.
    expect(await sandbox.launch(["a b", "--exit", "3"], { env })).toMatchObject({ exitCode: 3 });
    expect(readFileSync(told, "utf8")).toBe(lines("1.0.0", "a b", "--exit", "3"));
    const started = performance.now();
    const left = await sandbox.launch(["ä%", "--sleep", "20000"], { env, launcher: sandbox.placed });
    expect(left.exitCode).toBe(0);
    expect(performance.now() - started).toBeLessThan(19_000);
    await expect.poll(() => readFileSync(told, "utf8")).toBe(lines("1.0.0", "ä%", "--sleep", "20000"));
  });
});
