import { appendFile, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

/** 1.0.0 was installed, then 1.1.0, and each has run. */
async function withTwo(settings: Record<string, unknown> = {}): Promise<Sandbox> {
  const sandbox = await openSandbox();
  await sandbox.publish("1.0.0", "echo one");
  await sandbox.build(settings);
  await sandbox.launch();
  await sandbox.publish("1.1.0", "echo two");
  await sandbox.launch();
  return sandbox;
}

const verb = async (sandbox: Sandbox, ...args: string[]) => await sandbox.launch(["--launcher", ...args]);

async function asked(sandbox: Sandbox, ...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout } = await verb(sandbox, ...args, "--json");
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function programOf(sandbox: Sandbox, version: string): Promise<string> {
  const names = await readdir(join(sandbox.data, "versions"));
  const folder = names.find((name) => name.startsWith(`${version}-`) && !/\.(json|files)$/.test(name));
  return join(sandbox.data, "versions", folder ?? "", "app");
}

describe("--launcher help, status and versions", () => {
  test("are answered without starting the program, each on one screen", async () => {
    await using sandbox = await withTwo();
    const { stdout } = await verb(sandbox, "versions");
    expect(stdout).toMatch(/^\* 1\.1\.0 {2}installed \d{4}-.*, the one that starts\n {2}1\.0\.0 .*, the one before\n$/);
    expect(await asked(sandbox, "status")).toMatchObject({ installed: "1.1.0", previous: "1.0.0", request: "latest" });
    const help = (await verb(sandbox)).stdout;
    for (const name of [
      "status",
      "explain",
      "update",
      "rollback",
      "versions",
      "pin",
      "unpin",
      "channel",
      "repair",
      "log",
    ])
      expect(help).toContain(`--launcher ${name}`);
    expect(help.split("\n").length).toBeLessThan(24);
    expect(Math.max(...help.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  test.each(["ci:s3cret@registry.corp/app", "https://ci:s3cret@registry.corp/app"])(
    "and a start keep the password in a mirror's address to themselves: %s",
    async (mirror) => {
      await using sandbox = await withTwo();
      const env = { SLIPWAY_MIRROR: mirror };
      for (const args of [
        ["--launcher", "status"],
        ["--launcher", "status", "--json"],
        ["--launcher", "explain"],
        [],
      ]) {
        const { exitCode, stdout, stderr } = await sandbox.launch(args, { env });
        expect({ exitCode, said: stdout + stderr }).toEqual({
          exitCode: 0,
          said: expect.not.stringContaining("s3cret"),
        });
      }
      expect((await sandbox.launch(["--launcher", "status"], { env })).stdout).toContain("***@registry.corp/app");
    },
  );

  test.each([
    [["frobnicate"], "There is no --launcher frobnicate."],
    [["status", "now"], '--launcher status takes no "now".'],
    [["rollback", "--force"], '--launcher rollback takes no "--force".'],
    [["pin"], "It is: --launcher pin VERSION"],
  ])("%j is one clear sentence", async (args, sentence) => {
    await using sandbox = await openSandbox();
    await sandbox.build();
    expect(await verb(sandbox, ...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) });
  });
});

describe("--json", () => {
  const usages = expect.arrayContaining([
    { usage: "pin VERSION", summary: expect.any(String) },
    { usage: "status", summary: expect.any(String) },
  ]);

  test.each([
    [["help"], 0, { verbs: usages }],
    [[], 0, { verbs: usages }],
    [["frobnicate"], 2, { error: { code: "usage", message: "There is no --launcher frobnicate." } }],
    [["pin"], 2, { error: { code: "usage", message: "It is: --launcher pin VERSION" } }],
    [
      ["pin", "newest"],
      78,
      { error: { code: "config", message: 'not a version request: "newest"', hint: expect.stringContaining("^1.4") } },
    ],
    [
      ["pin", "9.9.9"],
      66,
      {
        error: {
          code: "not-found",
          message: expect.stringMatching(/^there is no version 9\.9\.9/),
          hint: expect.stringContaining("--launcher pin VERSION"),
        },
      },
    ],
  ])("is JSON on standard output, whatever happens: %j", async (args, exitCode, said) => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    const run = await verb(sandbox, ...args, "--json");
    expect({ exitCode: run.exitCode, said: JSON.parse(run.stdout) as unknown }).toEqual({ exitCode, said });
    // For people it is said as ever.
    expect(run.stderr === "").toBe(exitCode === 0);
  });
});

describe("--launcher rollback", () => {
  test("goes back and stays there, until there is another version or somebody asks for updates", async () => {
    await using sandbox = await withTwo();
    const { exitCode, stdout } = await verb(sandbox, "rollback");
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.0\.0 is used again\./),
    });
    for (const _ of [1, 2]) expect(await sandbox.launch()).toMatchObject({ stdout: "one\n", stderr: "" });
    expect(await verb(sandbox, "rollback")).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("--launcher pin VERSION"),
    });
    expect(await asked(sandbox, "update")).toMatchObject({ result: "activated", installed: "1.1.0" });
    await verb(sandbox, "rollback");
    await sandbox.publish("1.2.0", "echo three");
    expect(await sandbox.launch()).toMatchObject({ stdout: "three\n", stderr: "" });
  });

  test("leaves the version to those who pin it, and out where it cannot be had", async () => {
    await using sandbox = await withTwo();
    await verb(sandbox, "rollback");
    expect((await verb(sandbox, "rollback")).stderr).toMatch(/These are kept: .*1\.1\.0.*--launcher pin VERSION/);
    expect(await verb(sandbox, "pin", "1.1.0")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await sandbox.launch()).toMatchObject({ stdout: "two\n", stderr: "" });
    await verb(sandbox, "unpin");
    expect(await asked(sandbox, "status")).toMatchObject({ installed: "1.1.0", quarantine: [] });

    await verb(sandbox, "rollback");
    await rm(dirname(await programOf(sandbox, "1.1.0")), { recursive: true });
    await sandbox.stopRegistry();
    expect(await verb(sandbox, "pin", "1.1.0")).toMatchObject({ exitCode: 69 });
    const { quarantine } = await asked(sandbox, "status");
    expect(quarantine).toMatchObject([{ version: "1.1.0", reason: "you went back from it" }]);
  });

  test("takes a pin that is none for what it is, and names its file", async () => {
    await using sandbox = await withTwo();
    await sandbox.override({ version: "newest" });
    const problem = `${join(sandbox.home, ".config", "com.example.app", "installer.json")}: version: not a version request: "newest"`;
    const explained = (await verb(sandbox, "explain")).stdout;
    expect(explained).toContain(`does not count: ${problem}\nThe newest version is wanted: so says installer.json.`);
    expect(await verb(sandbox, "rollback")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.0\.0 is used again\./),
      stderr: `${problem}\n`,
    });
  });

  test("says so when the version is pinned", async () => {
    await using sandbox = await withTwo();
    await verb(sandbox, "pin", "1.1.0");
    expect(await verb(sandbox, "rollback")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("the version is fixed to 1.1.0"),
    });
  });
});

describe("--launcher pin", () => {
  test("takes a version that is kept without any network, and unpin lets go of it", async () => {
    await using sandbox = await withTwo();
    await sandbox.override({ keepVersions: 5, somethingElse: true });
    sandbox.requests.length = 0;
    expect(await verb(sandbox, "pin", "1.0.0")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("1.0.0 is used from now on."),
    });
    expect((await sandbox.launch()).stdout).toBe("one\n");
    expect(sandbox.requests).toEqual([]);
    const own = join(sandbox.home, ".config", "com.example.app", "installer.json");
    expect(JSON.parse(await readFile(own, "utf8"))).toEqual({ keepVersions: 5, somethingElse: true, version: "1.0.0" });
    expect((await verb(sandbox, "unpin")).stdout).toContain("1.0.0 is no longer pinned.");
    expect(JSON.parse(await readFile(own, "utf8"))).toEqual({ keepVersions: 5, somethingElse: true });
    expect((await sandbox.launch()).stdout).toBe("two\n");
    expect((await verb(sandbox, "unpin")).stdout).toContain("No version was pinned here.");
  });

  test("fetches what is not there, also a range, and changes nothing where that cannot be had", async () => {
    await using sandbox = await withTwo();
    await sandbox.publish("2.0.0", "echo four");
    expect(await asked(sandbox, "pin", "^1.0")).toMatchObject({ pinned: "^1.0", installed: "1.1.0" });
    expect((await sandbox.launch()).stdout).toBe("two\n");
    for (const [wanted, exitCode, message] of [
      ["9.9.9", 66, "there is no version 9.9.9"],
      ["newest", 78, 'not a version request: "newest"'],
    ] as const)
      expect(await verb(sandbox, "pin", wanted)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
    expect((await sandbox.launch()).stdout).toBe("two\n");
    await verb(sandbox, "pin", "2.0.0");
    expect(await sandbox.launch()).toMatchObject({ stdout: "four\n", stderr: "" });
  });

  test("does not write over a file that it cannot read", async () => {
    await using sandbox = await withTwo();
    await sandbox.override("{ version: 1 }");
    expect(await verb(sandbox, "pin", "1.0.0")).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining("installer.json is not changed: it is not JSON"),
    });
  });

  test("says when the environment is stronger", async () => {
    await using sandbox = await withTwo();
    const run = await sandbox.launch(["--launcher", "pin", "1.0.0"], { env: { SLIPWAY_VERSION: "1.1.0" } });
    expect(run.stdout).toContain("But SLIPWAY_VERSION (1.1.0) says otherwise, and wins.");
  });
});

describe("--launcher channel", () => {
  test("is looked at by the next start, however good the last look is", async () => {
    await using sandbox = await withTwo({ update: { checkEvery: "24h" } });
    await sandbox.publish("2.0.0-beta.1", "echo beta");
    // What was published after the first look is not known of.
    expect(await sandbox.launch()).toMatchObject({ stdout: "one\n" });
    expect((await verb(sandbox, "channel", "beta")).stdout).toContain("; the next start looks there.");
    expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
  });

  test("promises no more than what the other settings leave of it", async () => {
    await using sandbox = await withTwo();
    const state = join(sandbox.data, "state.json");
    for (const [settings, env, sentence] of [
      [{}, {}, "; the next start looks there."],
      [{ update: { when: "manual" } }, {}, "; updates come when somebody asks for them: --launcher update."],
      [{}, { SLIPWAY_UPDATE: "off" }, ", but nobody looks there while updates are switched off"],
      [{ prereleases: true }, {}, ', which changes nothing here: "prereleases": true'],
      [{ version: "1.1.0" }, {}, ", which changes nothing while the version is fixed"],
      [{}, { SLIPWAY_CHANNEL: "alpha" }, ".\nBut SLIPWAY_CHANNEL says alpha, and wins."],
    ] as const) {
      await sandbox.override(settings);
      const { stdout, stderr } = await sandbox.launch(["--launcher", "channel", "beta"], { env });
      expect({ stdout, stderr }).toEqual({
        stdout: expect.stringContaining(`The channel is beta from now on${sentence}`),
        stderr: "",
      });
    }
    // A look that cannot be forgotten, for the file is a newer launcher's, is as good as ever.
    await writeFile(state, JSON.stringify({ schema: 2, lastCheck: new Date().toISOString() }));
    await sandbox.override({ update: { checkEvery: "24h" } });
    expect(await verb(sandbox, "channel", "beta")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("; a later start looks there"),
    });
  });
});

test("--launcher channel chooses whose pre-releases count", async () => {
  await using sandbox = await withTwo();
  await sandbox.publish("2.0.0-beta.1", "echo beta");
  expect(await sandbox.launch()).toMatchObject({ stdout: "two\n" });
  expect((await verb(sandbox, "channel")).stdout).toBe("The channel is stable.\n");
  expect((await verb(sandbox, "channel", "beta")).stdout).toContain("The channel is beta from now on");
  expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
  // Back again, nothing is taken away: what is installed stays until something newer comes.
  await verb(sandbox, "channel", "stable");
  expect(await sandbox.launch()).toMatchObject({ stdout: "beta\n", stderr: "" });
  await sandbox.publish("2.0.0", "echo final");
  expect(await sandbox.launch()).toMatchObject({ stdout: "final\n", stderr: "" });
  expect(await verb(sandbox, "channel", "2.0")).toMatchObject({ exitCode: 2 });
});

describe("--launcher repair", () => {
  test("finds nothing to do where all is well", async () => {
    await using sandbox = await withTwo();
    sandbox.requests.length = 0;
    expect(await asked(sandbox, "repair")).toMatchObject({
      current: "1.1.0",
      versions: [
        { version: "1.1.0", outcome: "whole", problems: [] },
        { version: "1.0.0", outcome: "whole" },
      ],
    });
    expect(sandbox.requests).toEqual([]);
  });

  test("fetches the current version again, and removes others that are damaged", async () => {
    await using sandbox = await withTwo();
    // Of the same size, so that no start notices.
    const [current, before] = [await programOf(sandbox, "1.1.0"), await programOf(sandbox, "1.0.0")];
    await writeFile(current, (await readFile(current, "utf8")).replace("two", "ill"));
    await rm(before);
    expect((await sandbox.launch()).stdout).toBe("ill\n");
    const { exitCode, stdout } = await verb(sandbox, "repair");
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        "1.1.0: it was damaged, and was fetched again\n  app: its content is another\n" +
        "1.0.0: it was damaged, and was removed: it comes again when it is wanted\n" +
        "  the program: it is gone, or cut short\n1.1.0 is what starts.\n",
    });
    expect(await sandbox.launch()).toMatchObject({ stdout: "two\n", stderr: "" });
  });

  test("leaves everything as it is where the version cannot be had", async () => {
    await using sandbox = await withTwo();
    await appendFile(await programOf(sandbox, "1.1.0"), "echo more\n");
    await sandbox.stopRegistry();
    expect(await verb(sandbox, "repair")).toMatchObject({ exitCode: 69, stderr: expect.stringContaining("Log: ") });
    expect((await sandbox.launch()).exitCode).toBe(0);
  });

  test("finds out what is current when that is lost", async () => {
    await using sandbox = await withTwo();
    await writeFile(join(sandbox.data, "active.json"), "");
    await truncate(join(sandbox.data, "state.json"), 3);
    expect(await asked(sandbox, "repair")).toMatchObject({ current: "1.1.0" });
    expect(await asked(sandbox, "status")).toMatchObject({ installed: "1.1.0", request: "latest" });
  });
});

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

test("--launcher log shows decisions readably, without secrets, and tells the file", async () => {
  await using sandbox = await withTwo();
  const { stdout } = await verb(sandbox, "log");
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}activated: version 1\.1\.0, from 1\.0\.0$/m);
  expect(stdout).toContain(`(${join(sandbox.data, "log", "launcher.jsonl")})`);
  expect(await asked(sandbox, "log")).toMatchObject({ entries: expect.arrayContaining([]) });
});
