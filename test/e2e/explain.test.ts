import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { asked, verb, withTwo } from "../support/levers.ts";
import type { Sandbox } from "../support/sandbox.ts";

describe("--launcher explain", () => {
  const explain = async (sandbox: Sandbox) => (await verb(sandbox, "explain")).stdout;

  test("tells what is installed, what is wanted, when it looks and what it would do, and changes nothing", async () => {
    await using sandbox = await withTwo();
    expect(await explain(sandbox)).toMatch(
      new RegExp(
        [
          "^app 1\\.1\\.0 starts; it is current since .*\\.",
          "The version before it, 1\\.0\\.0, is kept\\.",
          "The newest version is wanted: so says installer\\.json\\.",
          "A start looks for updates first, and waits for them 3 s at most; .*",
          "The last look that came to an answer was .* ago; every start looks\\. The next start looks\\.",
          "Asked right now: .*/example/app has 2 versions\\.",
          "So 1\\.1\\.0 stays\\.\n$",
        ].join("\n"),
      ),
    );
    await sandbox.publish("1.2.0", "echo three");
    expect(await explain(sandbox)).toContain("So the next start brings 1.2.0.");
    expect((await asked(sandbox, "status"))["installed"]).toBe("1.1.0");
  });

  test("says of each newer version why it is not taken", async () => {
    await using sandbox = await withTwo();
    await sandbox.publish("1.2.0", "kill -SEGV $$");
    await sandbox.launch();
    await sandbox.publish("1.3.0-rc.1", "echo rc");
    await sandbox.publish("1.4.0", "echo mac", "darwin/arm64");
    const text = await explain(sandbox);
    expect(text).toContain("1.4.0 is not taken: it is only for darwin/arm64.");
    expect(text).toContain("1.3.0-rc.1 is not taken: it is a pre-release.");
    expect(text).toContain("1.2.0 is not taken: it did not run on this computer, or you went back.");
    expect(text).toContain("The last update that did not work was at");
    expect(text).toContain("it crashed (SIGSEGV)");
  });

  test.each([
    ["a pin", { version: "1.1.0" }, {}, "Version 1.1.0 is wanted: so says"],
    [
      "a look that still holds",
      { update: { checkEvery: "24h" } },
      {},
      "a look is good for 24 h. The next start does not",
    ],
    ["updates by hand", { update: { when: "manual" } }, {}, "only when somebody asks for them: --launcher update"],
    ["updates behind", { update: { when: "background" } }, {}, "behind the program, and the next start has them"],
    ["updates that are off", {}, { SLIPWAY_UPDATE: "off" }, "Updates are switched off"],
  ])("names %s", async (_, settings, env, sentence) => {
    await using sandbox = await withTwo();
    await sandbox.override(settings);
    expect((await sandbox.launch(["--launcher", "explain"], { env })).stdout).toContain(sentence);
  });

  test("tells of an update that the last start could not wait for", async () => {
    await using sandbox = await withTwo();
    await sandbox.override({ update: { timeout: "1s" } });
    await sandbox.publish("1.2.0", "echo three");
    sandbox.setFaults(faultOn(/GET .*blobs/, { kind: "latency", ms: 30_000 }));
    expect(await sandbox.launch()).toMatchObject({ stdout: "two\n" });
    expect(await explain(sandbox)).toContain(
      "a start could not wait for 1.2.0, and left it to a process behind the program.",
    );
  });

  test("names a registry that does not answer", async () => {
    await using sandbox = await withTwo();
    sandbox.setFaults(faultOn(/tags/, { kind: "status", status: 403 }));
    expect(await explain(sandbox)).toMatch(/Asked right now: .*answered 403/);
  });
});
