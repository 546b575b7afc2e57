import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { converse } from "../support/converse.ts";
import { openFakePrograms } from "../support/fakePrograms.ts";
import { hasProgram } from "../support/peer.ts";
import { makeReadOnly } from "../support/readOnly.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const HERE = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

async function withOldAndNew(script: string, settings: Record<string, unknown> = {}): Promise<Sandbox> {
  const sandbox = await openSandbox();
  await sandbox.publish("1.0.0", 'echo "one $*"');
  await sandbox.build(settings);
  await sandbox.launch();
  await sandbox.publish("1.1.0", script);
  return sandbox;
}

const logOf = ({ data }: Sandbox): string => join(data, "log", "launcher.jsonl");

const wentBack = (sandbox: Sandbox, reason: string): string =>
  `app 1.1.0 does not run on this computer, so 1.0.0 is used again. (${reason}; log: ${logOf(sandbox)})\n`;

describe("a new version's first run", () => {
  test.each([
    ["crashes", "kill -SEGV $$", "it crashed (SIGSEGV)"],
    ["aborts", "kill -ABRT $$", "it crashed (SIGABRT)"],
  ])("that %s goes back to the one before, with the same arguments and one sentence", async (_, script, reason) => {
    await using sandbox = await withOldAndNew(script);
    const { exitCode, stdout, stderr } = await sandbox.launch(["a", "b"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one a b\n" });
    expect(stderr).toBe(wentBack(sandbox, reason));
    // It is not tried again by itself, and the next starts are as quiet as ever.
    expect(await sandbox.launch(["c"])).toEqual({ exitCode: 0, signal: null, stdout: "one c\n", stderr: "" });
    expect((await sandbox.launch(["--launcher", "status"])).stdout).toContain(`1.1.0: ${reason}`);
  });

  test("that cannot be started at all goes back as well", async () => {
    await using sandbox = await withOldAndNew("exit 0");
    await sandbox.publish("1.2.0", "#");
    const program = join(sandbox.directory, "broken");
    await writeFile(program, "#!/nonexistent/interpreter\n", { mode: 0o755 });
    await sandbox.slipway(["push", `${sandbox.repository}:1.3.0`, `${HERE}=${program}`]);
    const { exitCode, stdout, stderr } = await sandbox.launch();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one \n" });
    expect(stderr).toContain("app 1.3.0 does not run on this computer, so 1.0.0 is used again.");
  });

  test.runIf(hasProgram("script"))("hears of Ctrl+C once, whatever its input comes from", async () => {
    const counts = 'let heard = 0; process.on("SIGINT", () => heard++); console.log("ready")';
    const tells = 'setTimeout(() => console.log("heard", heard), 2000)';
    await using sandbox = await withOldAndNew(`exec "${process.execPath}" -e '${counts}; ${tells}'`);
    const env = { PATH: process.env["PATH"], HOME: sandbox.home };
    const pipeline = ["sh", "-c", 'trap : INT; true | "$0"', sandbox.launcher];
    expect((await converse(pipeline, [["ready", "\u0003"]], env)).screen).toMatch(/heard 1\r\n$/);
  });

  test.runIf(hasProgram("cc"))(
    "that lacks a library goes back as well, although the loader ends it with an exit code",
    async () => {
      await using sandbox = await withOldAndNew("exit 0");
      const [folder, library] = [join(sandbox.directory, "built"), join(sandbox.directory, "built", "libpart.so")];
      await mkdir(folder);
      await writeFile(join(folder, "part.c"), "int part(void) { return 0; }");
      await writeFile(join(folder, "main.c"), "int part(void); int main(void) { return part(); }");
      execFileSync("cc", ["-shared", "-o", library, join(folder, "part.c")]);
      execFileSync("cc", ["-o", join(folder, "app"), join(folder, "main.c"), library]);
      await rm(library);
      await sandbox.slipway(["push", `${sandbox.repository}:1.2.0`, `${HERE}=${join(folder, "app")}`]);
      const { exitCode, stdout, stderr } = await sandbox.launch(["x"]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one x\n" });
      expect(stderr).toContain("app 1.2.0 does not run on this computer, so 1.0.0 is used again.");
      expect((await sandbox.launch(["--launcher", "status"])).stdout).toMatch(/1\.2\.0: .*libpart\.so/);
    },
  );

  test("that says that it runs is confirmed, whatever happens to it then", async () => {
    const script = '[ -n "$SLIPWAY_READY_FILE" ] && : > "$SLIPWAY_READY_FILE"; kill -SEGV $$';
    await using sandbox = await withOldAndNew(script);
    expect(await sandbox.launch()).toMatchObject({ exitCode: null, signal: "SIGSEGV", stderr: "" });
    expect(JSON.parse((await sandbox.launch(["--launcher", "status", "--json"])).stdout)).toMatchObject({
      installed: "1.1.0",
      confirmed: true,
      quarantine: [],
    });
    expect((await readdir(sandbox.data)).filter((name) => name.startsWith("ready-"))).toEqual([]);
  });

  test("is told where to say so; later runs are not, nor what another program was told", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", 'echo "${SLIPWAY_READY_FILE:-nothing}"');
    await sandbox.build();
    const env = { SLIPWAY_READY_FILE: "/another/program" };
    expect((await sandbox.launch([], { env })).stdout).toContain(join(sandbox.data, "ready-"));
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "nothing\n" });
  });

  test("that is still going on when it says that it runs is confirmed at once", async () => {
    await using sandbox = await withOldAndNew(': > "$SLIPWAY_READY_FILE"; read line; kill -SEGV $$');
    const child = spawn(sandbox.launcher, [], {
      env: { PATH: process.env["PATH"], HOME: sandbox.home },
      stdio: ["pipe", "ignore", "ignore"],
    });
    const confirmed = async () =>
      JSON.parse(await readFile(join(sandbox.data, "active.json"), "utf8")) as { confirmed: boolean; current: object };
    await expect.poll(confirmed, { timeout: 30_000 }).toMatchObject({ confirmed: true, current: { version: "1.1.0" } });
    child.stdin.end("\n");
    expect(await once(child, "exit")).toEqual([null, "SIGSEGV"]);
  });

  test("that ends with an exit code of its own choice is no crash", async () => {
    await using sandbox = await withOldAndNew("exit 3");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 3, stderr: "" });
    expect((await sandbox.launch(["--launcher", "status"])).stdout).toContain("installed   1.1.0");
  });

  test("that fails its smoke command is never activated", async () => {
    await using sandbox = await withOldAndNew('[ "$1" = --version ] && exit 1; echo two', { smoke: ["--version"] });
    const { exitCode, stdout, stderr } = await sandbox.launch();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one \n" });
    expect(stderr).toContain("The update of app to 1.1.0 did not work; 1.0.0 is started.");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one \n", stderr: "" });
  });

  test("is tried again when the person asks for it, or when there is another version", async () => {
    await using sandbox = await withOldAndNew("kill -SEGV $$");
    await sandbox.launch();
    expect(await sandbox.launch(["--launcher", "update"])).toMatchObject({
      exitCode: 0,
      stdout: "Updated to 1.1.0.\n",
    });
    await sandbox.launch();
    await sandbox.publish("1.1.1", "echo mended");
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "mended\n", stderr: "" });
  });

  test("after which nobody knows what was current still goes back, and not to it again", async () => {
    await using sandbox = await withOldAndNew('[ "$1" = crash ] && kill -SEGV $$; echo two');
    await sandbox.launch();
    await sandbox.stopRegistry();
    await writeFile(join(sandbox.data, "active.json"), "{");
    expect(await sandbox.launch(["crash"])).toMatchObject({
      exitCode: 0,
      stdout: "one crash\n",
      stderr: wentBack(sandbox, "it crashed (SIGSEGV)"),
    });
    expect(await sandbox.launch(["x"])).toMatchObject({ exitCode: 0, stdout: "one x\n", stderr: "" });
  });

  test("without a place to write it down goes back all the same, each time", async () => {
    await using sandbox = await withOldAndNew("kill -SEGV $$");
    // Fetched, but not started yet.
    await sandbox.launch(["--launcher", "update"]);
    await using readOnly = makeReadOnly(sandbox);
    for (const _ of [1, 2]) {
      expect(await sandbox.launch(["a"], { uid: readOnly.uid })).toMatchObject({
        exitCode: 0,
        stdout: "one a\n",
        stderr: wentBack(sandbox, "it crashed (SIGSEGV)"),
      });
    }
  });

  test.each([
    ["the lock", "lock"],
    ["the activation", "active.json"],
    ["the state", "state.json"],
  ])("with a folder where %s should be goes back all the same", async (_, name) => {
    await using sandbox = await withOldAndNew("kill -SEGV $$");
    await sandbox.launch(["--launcher", "update"]);
    await rm(join(sandbox.data, name), { force: true });
    await mkdir(join(sandbox.data, name));
    expect(await sandbox.launch(["a"])).toMatchObject({
      exitCode: 0,
      stdout: "one a\n",
      stderr: expect.stringContaining("app 1.1.0 does not run on this computer, so 1.0.0 is used again."),
    });
  });

  test("that crashes while another one has shown that the version runs is the program's own affair", async () => {
    const script = [
      '[ "$1" = crash ] || { : > "$SLIPWAY_READY_FILE"; echo two; exit; }',
      ': > "$2"; while [ ! -e "$3" ]; do sleep 0.05; done; kill -SEGV $$',
    ];
    await using sandbox = await withOldAndNew(script.join("\n"));
    await sandbox.launch(["--launcher", "update"]);
    const [started, go] = [join(sandbox.directory, "started"), join(sandbox.directory, "go")];
    const crashing = sandbox.launch(["crash", started, go]);
    await expect.poll(() => existsSync(started), { timeout: 30_000 }).toBe(true);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
    await writeFile(go, "");
    expect(await crashing).toEqual({ exitCode: null, signal: "SIGSEGV", stdout: "", stderr: "" });
    expect(JSON.parse((await sandbox.launch(["--launcher", "status", "--json"])).stdout)).toMatchObject({
      installed: "1.1.0",
      quarantine: [],
    });
  });

  test("that goes well is no failure where that cannot be written down", async () => {
    await using sandbox = await withOldAndNew('echo "two $*"');
    await sandbox.launch(["--launcher", "update"]);
    await mkdir(join(sandbox.data, "lock"));
    expect(await sandbox.launch(["a"])).toEqual({ exitCode: 0, signal: null, stdout: "two a\n", stderr: "" });
  });

  test("is told of in a window as well, with the reason and the log on lines of their own", async () => {
    await using programs = await openFakePrograms();
    await programs.add("zenity");
    await using sandbox = await withOldAndNew("kill -SEGV $$", { interface: "window" });
    const opened = sandbox.open({ env: { PATH: `${programs.path}:${process.env["PATH"]}` } });
    let shown = await programs.next();
    // The window that shows the download may come first.
    while (!shown.args.includes("--warning")) shown = await programs.next();
    const text = shown.args.find((argument) => argument.startsWith("--text="))?.slice("--text=".length);
    expect(text?.split("\n\n")).toEqual([
      "app 1.1.0 does not run on this computer, so 1.0.0 is used again.",
      "it crashed (SIGSEGV)",
      `Log: ${logOf(sandbox)}`,
    ]);
    expect(await opened).toBe(0);
  });

  test("without a version to go back to says so", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "kill -SEGV $$");
    await sandbox.build();
    const { exitCode, signal, stderr } = await sandbox.launch();
    expect({ exitCode, signal }).toEqual({ exitCode: null, signal: "SIGSEGV" });
    expect(stderr).toBe(`app 1.0.0 does not run on this computer. (it crashed (SIGSEGV); log: ${logOf(sandbox)})\n`);
  });
});

describe("signals", () => {
  test("that end the program end the launcher in the same way, on its first run and later", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "kill -TERM $$");
    await sandbox.build();
    for (const _ of ["first", "second"]) {
      expect(await sandbox.launch()).toMatchObject({ exitCode: null, signal: "SIGTERM", stderr: "" });
    }
  });

  test("reach a program as they would without a launcher: a closed pipe ends it", async () => {
    await using sandbox = await openSandbox();
    // A real program in native format, so that the launcher becomes it.
    await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, `${HERE}=/bin/cat`]);
    await sandbox.build({ version: "1.0.0" });
    await sandbox.launch();
    const { stdout } = await sandbox.launch(["/proc/self/status"]);
    const ignored = BigInt(`0x${/SigIgn:\s+(\w+)/.exec(stdout)?.[1] ?? "f"}`);
    const SIGPIPE = 13n;
    expect((ignored >> (SIGPIPE - 1n)) & 1n).toBe(0n);
    expect(/^Name:\s+(.*)$/m.exec(stdout)?.[1]).toBe("cat");
  });
});

describe("what the launcher says of itself", () => {
  test("every decision is in the log", async () => {
    await using sandbox = await withOldAndNew("kill -SEGV $$");
    await sandbox.launch();
    const log = await readFile(join(sandbox.data, "log", "launcher.jsonl"), "utf8");
    const events = log
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual([
      "candidates",
      "installed",
      "activated",
      "confirmed",
      "candidates",
      "installed",
      "activated",
      "quarantined",
      "rolled-back",
    ]);
  });
});
