import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type EntryFacts, formatEntry, formatFirstEntry } from "../../../src/launcher/entryScript.ts";
import { hasProgram } from "../../support/peer.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

// What /bin/sh is on one system or another.
const SHELLS = [["dash"], ["bash", "--posix"], ["zsh", "--emulate", "sh"], ["busybox", "sh"]].filter(([program = ""]) =>
  hasProgram(program),
);
const HOSTILE = '-it\'s $(touch pwned) `touch pwned` "q" *\n ; é\\';
const [PAST, EARLIER, FUTURE] = [new Date("2020-01-01"), new Date("2019-01-01"), new Date("2099-01-01")];

type Change = (files: EntryFacts & { program: string; own: string; env: NodeJS.ProcessEnv }) => void;

/** A store in which a script starts the program; both it and the launcher say who they are and what they were given. */
async function openEntry(folder = "plain") {
  const directory = await temporaryDirectory();
  const root = join(directory.path, folder);
  mkdirSync(root);
  const at = (name: string): string => join(root, name);
  const put = (name: string, text: string, when = PAST): string => {
    writeFileSync(at(name), text);
    utimesSync(at(name), when, when);
    return at(name);
  };
  const say = (who: string): string => `#!/bin/sh
printf '%s' "${who} \${SLIPWAY_ENTRY-}\${SLIPWAY_READY_FILE-}"
for argument in "$@"; do printf '[%s]' "$argument"; done
exit 3
`;
  const facts: EntryFacts = {
    platform: "linux",
    script: at("entry"),
    launcher: put("launcher", say("launcher"), EARLIER),
    settled: put("settled.json", "{}"),
    activation: put("active.json", '{\n  "version": "1.0.0"\n}\n'),
    state: put("state.json", "{}\n\n"),
    news: at("news.json"),
    env: { HOME: root },
  };
  const program = put("program", say("program"), EARLIER);
  for (const file of [facts.launcher, program]) chmodSync(file, 0o755);
  const own = at("installer.json");
  const sources = [
    { path: facts.activation, text: '{\n  "version": "1.0.0"\n}\n' },
    { path: facts.state, text: "{}\n\n" },
    { path: facts.settled, text: "{}" },
    { path: own, text: undefined },
  ];
  const files = { ...facts, program, own };
  return {
    directory,
    root,
    files,
    write(how: "first" | "never-due" | "not-due" | "due" | "launcher" = "not-due", loader = "/bin/sh"): void {
      const fast = how === "launcher" ? undefined : { program, loader, expires: how === "due" || how === "not-due" };
      put(
        "entry",
        how === "first" ? formatFirstEntry(facts.launcher) : formatEntry({ sources, fast }, facts),
        how === "not-due" ? FUTURE : PAST,
      );
    },
    run([shell = "", ...options]: readonly string[], { change, args = [], env = {} }: Run = {}): string {
      const changed = { ...files, env: { PATH: process.env["PATH"], HOME: root, ...env } as NodeJS.ProcessEnv };
      change?.(changed);
      const { stdout, stderr, status } = spawnSync(shell, [...options, facts.script, ...args], {
        encoding: "utf8",
        env: changed.env,
        cwd: directory.path,
      });
      expect({ stderr, status }).toEqual({ stderr: "", status: 3 });
      return stdout;
    },
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
}

interface Run {
  readonly change?: Change;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

describe.each(SHELLS)("the script of a command, read by %s %s", (...shell) => {
  test("starts the program while everything is as it was", async () => {
    await using entry = await openEntry();
    for (const how of ["never-due", "not-due"] as const) {
      entry.write(how);
      expect(entry.run(shell, { args: ["a b", "", "*", "-n", HOSTILE, "--launcher"] })).toBe(
        `program [a b][][*][-n][${HOSTILE}][--launcher]`,
      );
    }
  });

  test("takes names and contents for what they are, whatever a shell could read into them", async () => {
    await using entry = await openEntry(HOSTILE);
    entry.write();
    expect(entry.run(shell, { args: [HOSTILE] })).toBe(`program [${HOSTILE}]`);
    entry.write("launcher");
    expect(entry.run(shell, { args: [HOSTILE] })).toBe(`launcher [${HOSTILE}]`);
    entry.write("first");
    expect(entry.run(shell)).toBe("launcher stale");
    expect(readdirSync(entry.directory.path)).toEqual([HOSTILE]);
    expect(existsSync(join(entry.root, "pwned"))).toBe(false);
  });

  test.each<[string, Change]>([
    ["there is news", ({ news }) => writeFileSync(news, "{}")],
    ["another version is asked for", ({ env }) => (env["SLIPWAY_VERSION"] = "1.0.0")],
    ["another channel is asked for", ({ env }) => (env["SLIPWAY_CHANNEL"] = "beta")],
    ["updates are said to be otherwise", ({ env }) => (env["SLIPWAY_UPDATE"] = "launch")],
    ["the Node inside has options", ({ env }) => (env["SLIPWAY_NODE"] = "--no-such")],
    ["it is another home", ({ env }) => (env["HOME"] = "/")],
    ["there is none", ({ env }) => delete env["HOME"]],
    ["data are elsewhere", ({ env }) => (env["XDG_DATA_HOME"] = "/data")],
    ["settings are elsewhere", ({ env }) => (env["XDG_CONFIG_HOME"] = "/config")],
    ["the last check is in the future", ({ state }) => utimesSync(state, FUTURE, FUTURE)],
    ["the time cannot be learnt", ({ script }) => mkdirSync(`${script}-now`)],
  ])("leaves it to the launcher when %s", async (_, change) => {
    await using entry = await openEntry();
    entry.write();
    expect(entry.run(shell, { change })).toBe("launcher ");
  });

  test("leaves it to the launcher when a check is due, and always where there is more to do", async () => {
    await using entry = await openEntry();
    for (const how of ["due", "launcher"] as const) {
      entry.write(how);
      expect(entry.run(shell, { args: ["x"] })).toBe("launcher [x]");
    }
  });

  test("leaves the launcher's own commands to it", async () => {
    await using entry = await openEntry();
    entry.write();
    expect(entry.run(shell, { args: ["--launcher", "status"] })).toBe("launcher [--launcher][status]");
  });

  test.each<[string, Change]>([
    ["another version is active", ({ activation }) => writeFileSync(activation, '{\n  "version": "1.0.1"\n}\n')],
    [
      "what is active has one line more",
      ({ activation }) => writeFileSync(activation, '{\n  "version": "1.0.0"\n}\n\n'),
    ],
    ["what is active is gone", ({ activation }) => rmSync(activation)],
    ["it was looked for updates", ({ state }) => writeFileSync(state, "{ }\n\n")],
    ["there are settings", ({ own }) => writeFileSync(own, "")],
    ["the launcher's place is nobody's", ({ settled }) => rmSync(settled)],
    ["the launcher is another one", ({ launcher }) => utimesSync(launcher, FUTURE, FUTURE)],
    ["the program is another one", ({ program }) => utimesSync(program, FUTURE, FUTURE)],
    ["the program is empty", ({ program }) => (writeFileSync(program, ""), utimesSync(program, EARLIER, EARLIER))],
    ["the program must not be started", ({ program }) => chmodSync(program, 0o644)],
    ["the program is gone", ({ program }) => rmSync(program)],
    ["the program is a folder", ({ program }) => (rmSync(program), mkdirSync(program))],
  ])("has itself made anew when %s", async (_, change) => {
    await using entry = await openEntry();
    entry.write();
    expect(entry.run(shell, { change, args: ["x"] })).toBe("launcher stale[x]");
  });

  test("has itself made anew when what loads the program is gone", async () => {
    await using entry = await openEntry();
    entry.write("not-due", "/nowhere/ld.so");
    expect(entry.run(shell)).toBe("launcher stale");
  });

  test("tells the program nothing of itself or of another program's launcher", async () => {
    await using entry = await openEntry();
    entry.write();
    expect(entry.run(shell, { env: { SLIPWAY_ENTRY: "stale", SLIPWAY_READY_FILE: "/ready" } })).toBe("program ");
  });

  test("leaves what was opened on a display, without a terminal or a pipe, to the launcher", async () => {
    await using entry = await openEntry();
    entry.write();
    const [program = "", ...options] = shell;
    const start = (stdin: "ignore" | "pipe", DISPLAY: string): string =>
      spawnSync(program, [...options, entry.files.script], {
        encoding: "utf8",
        env: { HOME: entry.root, DISPLAY },
        stdio: [stdin, "pipe", "pipe"],
      }).stdout;
    expect([start("ignore", ":1"), start("pipe", ":1"), start("ignore", "")]).toEqual([
      "launcher ",
      "program ",
      "program ",
    ]);
  });
});

test.skipIf(!hasProgram("shellcheck"))("shellcheck has nothing to say about any of the scripts", async () => {
  await using entry = await openEntry("it's here");
  for (const how of ["first", "never-due", "not-due", "launcher"] as const) {
    entry.write(how);
    const { stdout } = spawnSync("shellcheck", ["--shell=dash", entry.files.script], { encoding: "utf8" });
    expect(stdout).toBe("");
  }
});
