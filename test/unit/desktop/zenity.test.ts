import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { APP, dialogsOf, QUESTION, withPrograms } from "../../support/linuxDialogs.ts";

describe("windows by zenity", () => {
  test("a progress window is told title and text as plain text, and has no button by itself", async () => {
    await using programs = await withPrograms("zenity");
    const window = dialogsOf(programs).openProgress({ ...APP, icon: "/icons/app.png" });
    const { args } = await programs.next();
    expect(args).toEqual([
      "--progress",
      "--title=Tom & Jerry",
      String.raw`--text=Installing &lt;Tom &amp; Jerry&gt; in C:\\new`,
      "--width=440",
      "--window-icon=/icons/app.png",
      "--percentage=0",
      "--pulsate",
      "--auto-close",
      "--no-cancel",
    ]);
    window?.close();
  });

  test("shows text and share, of which there is none when it is not known, and never closes at the end", async () => {
    await using programs = await withPrograms("zenity");
    const window = dialogsOf(programs).openProgress(APP);
    const { input } = await programs.next();
    const shown = async (lines: number) => {
      const got: unknown[] = [];
      for (let line = 0; line < lines; line += 1) got.push((await input.next()).value);
      return got;
    };
    window?.show({ text: "Looking", share: undefined });
    expect(await shown(2)).toEqual(["#Looking", "pulsate:true"]);
    window?.show({ text: "A & B\n1 < 2 \\ 3", share: 0.429 });
    expect(await shown(3)).toEqual([String.raw`#A ＆ B\n1 ‹ 2 \\ 3`, "pulsate:false", "42"]);
    window?.show({ text: "Done", share: 1 });
    expect(await shown(3)).toEqual(["#Done", "pulsate:false", "99"]);
    window?.show({ text: "Odd", share: Number.NaN });
    expect(await shown(2)).toEqual(["#Odd", "pulsate:true"]);
    window?.close();
  });

  test("shows only the newest of what came faster than it could be taken", async () => {
    await using programs = await withPrograms("zenity");
    const window = dialogsOf(programs).openProgress(APP);
    for (let step = 0; step <= 1000; step += 1) window?.show({ text: `step ${step}`, share: undefined });
    const { input } = await programs.next();
    const lines = [];
    for (let line = 0; line < 4; line += 1) lines.push((await input.next()).value);
    expect(lines).toEqual(["#step 0", "pulsate:true", "#step 1000", "pulsate:true"]);
    window?.close();
  });

  test.each([
    ["what we ask for", "ZENITY_EXTRA"],
    ["that of a closed window, in version 3", "ZENITY_ESC"],
    ["that of OK, in early versions of 4", "ZENITY_OK"],
  ])("the skip button is told by its exit code, be that %s", async (_, variable) => {
    await using programs = await withPrograms("zenity");
    const onSkip = vi.fn<() => void>();
    const skipped = new Promise<void>((resolve) => onSkip.mockImplementation(resolve));
    const window = dialogsOf(programs).openProgress({ ...APP, skip: "Skip for now", onSkip });
    const { args, env, exit } = await programs.next();
    expect(args).toContain("--extra-button=Skip for now");
    exit(Number(env[variable]));
    await skipped;
    window?.show({ text: "too late", share: 0.5 });
    window?.close();
    expect(onSkip).toHaveBeenCalledOnce();
  });

  test("a zenity that has no display, which ends with what usually means Cancel, skips nothing", async () => {
    await using programs = await withPrograms("zenity");
    const onSkip = vi.fn<() => void>();
    const window = dialogsOf(programs).openProgress({ ...APP, skip: "Skip", onSkip });
    const { exit, ended } = await programs.next();
    exit(1);
    await ended;
    for (let step = 0; step < 100; step += 1) {
      window?.show({ text: "x".repeat(100_000), share: 0.5 });
      await new Promise(setImmediate);
    }
    window?.close();
    window?.close();
    expect(onSkip).not.toHaveBeenCalled();
  });

  test("closing ends the program at once, and is not a skip", async () => {
    await using programs = await withPrograms("zenity");
    const onSkip = vi.fn<() => void>();
    const window = dialogsOf(programs).openProgress({ ...APP, skip: "Skip", onSkip });
    const { ended } = await programs.next();
    window?.close();
    await ended;
    window?.show({ text: "closed", share: 0.5 });
    expect(onSkip).not.toHaveBeenCalled();
  });

  test("an open window keeps our process from nothing, and loses its input when that ends", async () => {
    await using programs = await withPrograms("zenity");
    const script = `
      const { openLinuxDialogs } = await import(${JSON.stringify(import.meta.resolve("../../../src/desktop/linux/dialogs.ts"))});
      openLinuxDialogs(process.env).openProgress({ title: "t", text: "t" }).show({ text: "one", share: 0.5 });
    `;
    const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: programs.path, DISPLAY: ":0" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exit = once(owner, "exit");
    const { input } = await programs.next();
    expect(await exit).toEqual([0, null]);
    const lines = [];
    for (let next = await input.next(); next.done !== true; next = await input.next()) lines.push(next.value);
    expect(lines).toEqual(["#one", "pulsate:false", "50"]);
  });

  test("tells a sentence by a program that is not ours to wait for", async () => {
    await using programs = await withPrograms("zenity");
    dialogsOf(programs).tell(APP);
    const { args } = await programs.next();
    expect(args).toEqual([
      "--warning",
      "--title=Tom & Jerry",
      String.raw`--text=Installing &lt;Tom &amp; Jerry&gt; in C:\\new`,
      "--width=440",
    ]);
  });

  test.each([
    ["yes", "ZENITY_OK", true],
    ["no, or a closed window", "ZENITY_CANCEL", false],
    ["nothing, because there is no display", undefined, undefined],
  ])("a question is answered with %s", async (_, variable, expected) => {
    await using programs = await withPrograms("zenity");
    const answer = dialogsOf(programs).ask(QUESTION);
    const { args, env, exit } = await programs.next();
    expect(args).toEqual(expect.arrayContaining(["--question", "--ok-label=Remove", "--cancel-label=Keep"]));
    exit(variable === undefined ? 1 : Number(env[variable]));
    expect(await answer).toBe(expected);
  });
});
