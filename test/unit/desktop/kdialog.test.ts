import type { FakePrograms } from "../../support/fakePrograms.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { APP, dialogsOf, QUESTION, withPrograms } from "../../support/linuxDialogs.ts";

describe("windows by kdialog", () => {
  /** Stands in for the process that the window belongs to. */
  function startWindow() {
    const child = spawn("sleep", ["600"]);
    return { ended: once(child, "exit"), reference: `org.kde.kdialog-${child.pid} /ProgressDialog` };
  }

  /** Answers runs of qdbus until the one that is looked for. */
  async function answerUntil(programs: FakePrograms, method: string, cancelled = "false") {
    const calls: (readonly string[])[] = [];
    for (;;) {
      const { args, say, exit } = await programs.next();
      if (args[2] === "wasCancelled") say(cancelled);
      exit(0);
      calls.push(args.slice(2));
      if (args[2] === method) return calls;
    }
  }

  test("a progress window is changed over D-Bus and gone when it is closed", async () => {
    await using programs = await withPrograms("kdialog", "qdbus-qt5");
    const { ended, reference } = startWindow();
    const window = dialogsOf(programs).openProgress({ ...APP, icon: "/icons/app.png" });
    const kdialog = await programs.next();
    const text = String.raw`<qt>Installing &lt;Tom &amp; Jerry&gt; in C:&#92;new</qt>`;
    expect(kdialog.args).toEqual(["--title", "Tom & Jerry", "--icon", "/icons/app.png", "--progressbar", text, "100"]);
    window?.show({ text: "A & B\n1 < 2", share: 0.429 });
    kdialog.say(reference);
    kdialog.exit(0);
    const set = ["org.freedesktop.DBus.Properties.Set", "org.kde.kdialog.ProgressDialog"];
    expect(await answerUntil(programs, "setLabelText")).toEqual([
      ["wasCancelled"],
      [...set, "maximum", "100"],
      [...set, "value", "42"],
      ["setLabelText", "<qt>A &amp; B<br>1 &lt; 2</qt>"],
    ]);
    window?.close();
    expect(await ended).toEqual([null, "SIGTERM"]);
  });

  test("a pressed skip button is asked for, and then the window goes away", async () => {
    await using programs = await withPrograms("kdialog", "qdbus");
    const { ended, reference } = startWindow();
    let count = 0;
    const skipped = new Promise<void>((resolve) => {
      const onSkip = (): void => {
        count += 1;
        resolve();
      };
      dialogsOf(programs).openProgress({ ...APP, skip: "Skip", onSkip });
    });
    const kdialog = await programs.next();
    kdialog.say(reference);
    kdialog.exit(0);
    expect(await answerUntil(programs, "showCancelButton")).toEqual([["showCancelButton", "true"]]);
    await answerUntil(programs, "wasCancelled", "true");
    await skipped;
    await ended;
    expect(count).toBe(1);
  });

  test("there is no progress window without qdbus", async () => {
    await using programs = await withPrograms("kdialog");
    expect(dialogsOf(programs).openProgress(APP)).toBeUndefined();
  });

  test("tells and asks", async () => {
    await using programs = await withPrograms("kdialog");
    const dialogs = dialogsOf(programs);
    const text = "<qt>Installing &lt;Tom &amp; Jerry&gt; in C:&#92;new</qt>";
    dialogs.tell(APP);
    expect((await programs.next()).args).toEqual(["--title", "Tom & Jerry", "--error", text]);
    for (const [code, expected] of [
      [0, true],
      [1, false],
      [2, false],
      [254, undefined],
    ] as const) {
      const answer = dialogs.ask(QUESTION);
      const { args, exit } = await programs.next();
      expect(args.slice(2)).toEqual(["--yes-label", "Remove", "--no-label", "Keep", "--yesno", text]);
      exit(code);
      expect(await answer).toBe(expected);
    }
  });
});
