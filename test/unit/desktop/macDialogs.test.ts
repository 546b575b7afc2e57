import { describe, expect, test } from "vitest";
import { openMacDialogs } from "../../../src/desktop/macos/dialogs.ts";
import * as scripts from "../../../src/desktop/macos/dialogScript.ts";
import { openFakePrograms } from "../../support/fakePrograms.ts";

const APP = { title: "Tom & Jerry", text: 'Söhne "日本" \\ \u2028 end' };

describe("windows on a Mac", () => {
  test("a progress window gets what it shows as an argument and as lines, all of it ASCII", async () => {
    await using programs = await openFakePrograms();
    const dialogs = openMacDialogs({ PATH: "/bin" }, await programs.add("osascript"));
    const window = dialogs.openProgress({
      ...APP,
      skip: "Überspringen",
      icon: "/Apps/A.icns",
      onSkip: () => undefined,
    });
    const { args, input, ended } = await programs.next();
    expect(args.slice(0, 4)).toEqual(["-l", "JavaScript", "-e", scripts.PROGRESS_SCRIPT]);
    expect(args[4]).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(args[4]!)).toEqual({ ...APP, skip: "Überspringen", icon: "/Apps/A.icns" });
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
    await using programs = await openFakePrograms();
    const dialogs = openMacDialogs({}, await programs.add("osascript"));
    const skipped = new Promise<void>((resolve) => {
      dialogs.openProgress({ ...APP, skip: "Skip", onSkip: resolve });
    });
    const { say, ended } = await programs.next();
    say("something else");
    say("skip");
    await expect(skipped).resolves.toBeUndefined();
    await ended;
  });

  test("tells and asks", async () => {
    await using programs = await openFakePrograms();
    const dialogs = openMacDialogs({}, await programs.add("osascript"));
    dialogs.tell({ ...APP, icon: "/Apps/A.icns" });
    const { args } = await programs.next();
    expect(args[3]).toBe(scripts.ALERT_SCRIPT);
    expect(JSON.parse(args[4]!)).toEqual(APP);
    for (const [output, expected] of [
      ["yes", true],
      ["no", false],
      ["execution error", undefined],
    ] as const) {
      const answer = dialogs.ask({ ...APP, yes: "Remove", no: "Keep" });
      const asked = await programs.next();
      expect(asked.args[3]).toBe(scripts.QUESTION_SCRIPT);
      expect(JSON.parse(asked.args[4]!)).toEqual({ ...APP, yes: "Remove", no: "Keep" });
      asked.say(output);
      asked.exit(0);
      expect(await answer).toBe(expected);
    }
  });

  test("nothing is shown, asked or thrown where there is no osascript", async () => {
    const dialogs = openMacDialogs({}, "/nowhere/osascript");
    dialogs.tell(APP);
    expect(dialogs.openProgress(APP)).toBeUndefined();
    expect(await dialogs.ask({ ...APP, yes: "y", no: "n" })).toBeUndefined();
  });
});
