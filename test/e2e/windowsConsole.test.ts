import { describe, expect, test } from "vitest";
import { buildWindowsConsole } from "../support/windowsConsole.ts";
import { canRunWindows, lines, openWindowsSandbox } from "../support/windowsSandbox.ts";

describe.skipIf(!canRunWindows())("on Windows, Ctrl+C", () => {
  test("is for the program to answer: the launcher neither ends it nor leaves before it", async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, placed } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build();
    await sandbox.launch();
    const args = ["--stay", "--sleep", "3000", "--exit", "7"];
    const env = { TOLD: String.raw`C:\told.txt` };
    const run = await computer.run(buildWindowsConsole(computer.drive), [placed, ...args], { env });
    expect(run).toMatchObject({ exitCode: 7, stdout: lines("1.0.0", ...args) });
  });
});
