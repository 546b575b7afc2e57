import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asked, programOf, verb, withTwo } from "../support/levers.ts";
import { openSandbox } from "../support/sandbox.ts";

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

  test("leaves what starts where nobody knows what was current and it cannot be had", async () => {
    await using sandbox = await withTwo();
    const [newer, older] = [await programOf(sandbox, "1.1.0"), await programOf(sandbox, "1.0.0")];
    await writeFile(newer, (await readFile(newer, "utf8")).replace("two", "ill"));
    await writeFile(older, (await readFile(older, "utf8")).replace("one", "bad"));
    await writeFile(join(sandbox.data, "active.json"), "");
    await sandbox.stopRegistry();
    expect(await verb(sandbox, "repair")).toMatchObject({ exitCode: 69, stderr: expect.stringContaining("Log: ") });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "ill\n" });
  });

  test("finds out what is current when that is lost", async () => {
    await using sandbox = await withTwo();
    await writeFile(join(sandbox.data, "active.json"), "");
    await truncate(join(sandbox.data, "state.json"), 3);
    expect(await asked(sandbox, "repair")).toMatchObject({ current: "1.1.0" });
    expect(await asked(sandbox, "status")).toMatchObject({ installed: "1.1.0", request: "latest" });
  });
});

test("--launcher log shows decisions readably, without secrets, and tells the file", async () => {
  await using sandbox = await withTwo();
  const { stdout } = await verb(sandbox, "log");
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}activated: version 1\.1\.0, from 1\.0\.0$/m);
  expect(stdout).toContain(`(${join(sandbox.data, "log", "launcher.jsonl")})`);
  expect(await asked(sandbox, "log")).toMatchObject({ entries: expect.arrayContaining([]) });
});
