import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLinuxDialogs } from "../../../src/desktop/linux/dialogs.ts";
import { APP, dialogsOf, QUESTION, withPrograms } from "../../support/linuxDialogs.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

describe("without means to show a window", () => {
  test("nothing is shown, asked or thrown", async () => {
    await using empty = await temporaryDirectory();
    await using programs = await withPrograms("zenity", "kdialog");
    for (const env of [
      { PATH: empty.path, DISPLAY: ":0" },
      { PATH: programs.path },
      { DISPLAY: "", PATH: programs.path },
    ]) {
      const dialogs = openLinuxDialogs(env);
      dialogs.tell(APP);
      expect(dialogs.openProgress(APP)).toBeUndefined();
      expect(await dialogs.ask(QUESTION)).toBeUndefined();
    }
  });

  test("a program that cannot be started, and a text that cannot be passed on, are no error", async () => {
    await using directory = await temporaryDirectory();
    const zenity = join(directory.path, "zenity");
    await writeFile(zenity, "#!/nowhere/at/all\n", { mode: 0o755 });
    for (const message of [APP, { ...APP, text: "\0" }]) {
      const dialogs = dialogsOf(directory);
      dialogs.tell(message);
      expect(dialogs.openProgress(message)).toBeUndefined();
      expect(await dialogs.ask({ ...QUESTION, ...message })).toBeUndefined();
    }
  });

  test("kdialog is used where zenity is not executable, and Wayland is a display, too", async () => {
    await using programs = await withPrograms("zenity", "kdialog");
    await chmod(join(programs.path, "zenity"), 0o644);
    openLinuxDialogs({ PATH: `relative:${programs.path}`, WAYLAND_DISPLAY: "wayland-0" }).tell(APP);
    expect((await programs.next()).name).toBe(join(programs.path, "kdialog"));
  });
});
