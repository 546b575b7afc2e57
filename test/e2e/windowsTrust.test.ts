import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectSuccess } from "../support/sandbox.ts";
import { canRunWindows, openWindowsSandbox } from "../support/windowsSandbox.ts";

describe.skipIf(!canRunWindows())("on Windows, a launcher with keys", () => {
  test("takes what is signed and nothing else, and leaves what is taken back", async () => {
    await using sandbox = await openWindowsSandbox();
    const { publisher } = sandbox;
    expectSuccess(await publisher.slipway(["keygen", "--no-passphrase"]));
    await sandbox.build({ trust: { keys: [readFileSync(join(publisher.directory, "slipway.pub"), "utf8")] } });
    const sign = async (args: readonly string[]): Promise<void> =>
      expectSuccess(await publisher.slipway([...args, "--key", "slipway.key"]));

    await sandbox.publish("1.0.0");
    const first = await sandbox.launch();
    expect(first).toMatchObject({ exitCode: 65, stdout: "" });
    expect(first.stderr).toContain("is not signed");

    await sign(["sign", "1.0.0"]);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    await sandbox.publish("1.1.0");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    await sign(["sign", "1.1.0"]);
    await sign(["promote", "1.1.0"]);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    await sign(["yank", "1.1.0", "--reason", "it loses work"]);
    const back = await sandbox.launch();
    expect(back).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    expect(back.stderr).toContain("1.1.0 was withdrawn by its publisher");
  });
});
