import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openWindowsDialogs } from "../../../src/desktop/windows/dialogs.ts";
import * as scripts from "../../../src/desktop/windows/dialogScript.ts";
import { openFakePrograms } from "../../support/fakePrograms.ts";

const APP = { title: "Tom & Jerry", text: 'Söhne "日本" %PATH% $x `y` end' };
const OPTIONS = ["-NoProfile", "-NonInteractive", "-InputFormat", "None", "-ExecutionPolicy", "Bypass"];
const POWERSHELL = join("System32", "WindowsPowerShell", "v1.0", "powershell.exe");

async function startWindows() {
  const programs = await openFakePrograms();
  const powershell = await programs.add(POWERSHELL);
  const cmd = await programs.add(join("System32", "cmd.exe"));
  return { programs, powershell, cmd, dialogs: openWindowsDialogs({ SystemRoot: programs.path, OTHER: "kept" }) };
}

function decode(encoded: string | undefined): string {
  return Buffer.from(encoded ?? "", "base64").toString("utf16le");
}

describe("windows on Windows", () => {
  test.each(Object.entries(scripts))("%s is ASCII, and short enough for a command line", (name, script) => {
    expect(script).toMatch(/^[\n\x20-\x7e]*$/);
    const length = Buffer.from(script, "utf16le").toString("base64").length;
    // cmd.exe takes 8191 characters, CreateProcess 32767.
    expect(length).toBeLessThan(name === "MESSAGE_SCRIPT" ? 7500 : 32_000);
  });

  test("a progress window gets what it shows by its environment and as lines, all of it ASCII", async () => {
    const { programs, powershell, dialogs } = await startWindows();
    await using _programs = programs;
    const window = dialogs.openProgress({ ...APP, skip: "Überspringen", icon: "C:\\App.exe", onSkip: () => undefined });
    const { name, args, env, input, ended } = await programs.next();
    expect(name).toBe(powershell);
    expect(args.slice(0, -1)).toEqual([...OPTIONS, "-WindowStyle", "Hidden", "-EncodedCommand"]);
    expect(decode(args.at(-1))).toBe(scripts.PROGRESS_SCRIPT);
    expect(env["SLIPWAY_DIALOG"]).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(env["SLIPWAY_DIALOG"]!)).toEqual({ ...APP, skip: "Überspringen", icon: "C:\\App.exe" });
    expect(env["OTHER"]).toBe("kept");
    window?.show({ text: APP.text, share: 0.5 });
    const { value } = (await input.next()) as { value: string };
    expect(value).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(value)).toEqual({ text: APP.text, share: 0.5 });
    window?.show({ text: "", share: undefined });
    expect(JSON.parse((await input.next()).value as string)).toEqual({ text: "", share: null });
    window?.close();
    await ended;
  });

  test("the skip button is the word that the window writes, and ends it", async () => {
    const { programs, dialogs } = await startWindows();
    await using _programs = programs;
    const skipped = new Promise<void>((resolve) => {
      dialogs.openProgress({ ...APP, skip: "Skip", onSkip: resolve });
    });
    const { say, ended } = await programs.next();
    say("skip\r");
    await expect(skipped).resolves.toBeUndefined();
    await ended;
  });

  test("tells by a PowerShell that has a console of its own and is not our child", async () => {
    const { programs, powershell, cmd, dialogs } = await startWindows();
    await using _programs = programs;
    dialogs.tell({ ...APP, icon: "C:\\App.exe" });
    const { name, args, env } = await programs.next();
    expect(name).toBe(cmd);
    expect(args.slice(0, 3)).toEqual(["/d", "/s", "/c"]);
    const command = args[3]!.split(" ");
    const started = ["start", '""', "/min", `"${powershell}"`, ...OPTIONS, "-WindowStyle", "Hidden", "-EncodedCommand"];
    expect(command.slice(0, -1)).toEqual([`"${started[0]}`, ...started.slice(1)]);
    expect(command.at(-1)).toMatch(/^[A-Za-z0-9+/=]+"$/);
    expect(decode(command.at(-1))).toBe(scripts.MESSAGE_SCRIPT);
    expect(JSON.parse(env["SLIPWAY_DIALOG"]!)).toEqual(APP);
  });

  test.each([
    ["yes\r", true],
    ["no\r", false],
    ["", undefined],
  ])("a question is answered with %j", async (output, expected) => {
    const { programs, dialogs } = await startWindows();
    await using _programs = programs;
    const answer = dialogs.ask({ ...APP, yes: "Remove", no: "Keep" });
    const { args, env, say, exit } = await programs.next();
    expect(decode(args.at(-1))).toBe(scripts.QUESTION_SCRIPT);
    expect(JSON.parse(env["SLIPWAY_DIALOG"]!)).toEqual(APP);
    say(output);
    exit(0);
    expect(await answer).toBe(expected);
  });

  test("nothing is shown, asked or thrown where there is no PowerShell", async () => {
    const dialogs = openWindowsDialogs({ SystemRoot: "/nowhere" });
    dialogs.tell(APP);
    expect(dialogs.openProgress(APP)).toBeUndefined();
    expect(await dialogs.ask({ ...APP, yes: "y", no: "n" })).toBeUndefined();
  });
});
