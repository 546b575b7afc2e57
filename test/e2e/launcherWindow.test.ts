import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startDisplay } from "../support/display.ts";
import { faultOn } from "../../src/server/registry/faults.ts";
import { hasProgram } from "../support/peer.ts";
import { openSandbox } from "../support/sandbox.ts";

const canSee = ["Xvfb", "zenity", "xdotool", "import"].map(hasProgram).every(Boolean);
const ran = (home: string): string =>
  existsSync(join(home, "ran")) ? readFileSync(join(home, "ran"), "utf8").trim() : "nothing";

describe.runIf(canSee)("a launcher that is opened without a terminal", () => {
  test("shows what it downloads, and takes the window away before the program starts", async () => {
    await using display = await startDisplay();
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", 'echo one > "$HOME/ran"');
    await sandbox.build({ interface: "window", name: "app" });
    sandbox.setFaults(faultOn(/GET .*blobs/, { kind: "latency", ms: 4000 }, 1));
    const opened = sandbox.open({ env: display.env });
    await display.appears("app");
    expect(ran(sandbox.home)).toBe("nothing");
    expect(await opened).toBe(0);
    expect(ran(sandbox.home)).toBe("one");
    await display.vanishes("app");
  });

  test("shows nothing for what is over within a moment", async () => {
    await using display = await startDisplay();
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", 'xdotool search --name "^app$" > "$HOME/windows"; echo one > "$HOME/ran"');
    await sandbox.build({ interface: "window", name: "app", update: { when: "manual" } });
    await sandbox.launch();
    expect(await sandbox.open({ env: display.env })).toBe(0);
    expect(ran(sandbox.home)).toBe("one");
    expect(readFileSync(join(sandbox.home, "windows"), "utf8")).toBe("");
  });

  test("starts the version that is there when the person does not want to wait", async () => {
    await using display = await startDisplay();
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", 'echo one > "$HOME/ran"');
    await sandbox.build({ interface: "window", name: "app" });
    await sandbox.open();
    await sandbox.publish("1.1.0", 'echo two > "$HOME/ran"');
    sandbox.setFaults(faultOn(/GET .*blobs/, { kind: "latency", ms: 60_000 }));
    const opened = sandbox.open({ env: display.env });
    await display.appears("app");
    await display.press("app", "Tab", "Return");
    expect(await opened).toBe(0);
    expect(ran(sandbox.home)).toBe("one");
    // Another start has it.
    sandbox.setFaults(undefined);
    expect(await sandbox.open({ env: display.env })).toBe(0);
    expect(ran(sandbox.home)).toBe("two");
  });

  test("can be skipped as well when the person has asked for the update", async () => {
    await using display = await startDisplay();
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "true");
    await sandbox.build({ interface: "window", name: "app" });
    await sandbox.open();
    await sandbox.publish("1.1.0", "echo two");
    sandbox.setFaults(faultOn(/GET .*blobs/, { kind: "latency", ms: 60_000 }));
    const asked = sandbox.open({ args: ["--launcher", "update"], env: display.env });
    await display.appears("app");
    await display.press("app", "Tab", "Return");
    expect(await asked).toBe(0);
    const { stdout } = await sandbox.launch(["--launcher", "status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ installed: "1.0.0" });
  });

  test("says in one sentence why nothing starts", async () => {
    await using display = await startDisplay();
    await using sandbox = await openSandbox();
    await sandbox.build({ interface: "window", name: "app" });
    await sandbox.stopRegistry();
    expect(await sandbox.open({ env: display.env })).toBe(69);
    await display.appears("app");
    await display.press("app", "Return");
    await display.vanishes("app");
  });

  test("asks before it deletes settings, and keeps them unless the answer is yes", async () => {
    await using display = await startDisplay();
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "true");
    await sandbox.build({ interface: "window", name: "app" });
    const settings = join(sandbox.home, ".config", "com.example.app", "installer.json");
    for (const [keys, kept] of [
      [["Escape"], true],
      [["Return"], false],
    ] as const) {
      await sandbox.open();
      await sandbox.override({ version: "1.0.0" });
      const removed = sandbox.open({ args: ["--launcher", "uninstall"], env: display.env });
      await display.appears("app");
      await display.press("app", ...keys);
      expect(await removed).toBe(0);
      expect(existsSync(settings)).toBe(kept);
      // What it says at the end.
      await display.appears("app");
      await display.press("app", "Return");
      await display.vanishes("app");
    }
  });
});
