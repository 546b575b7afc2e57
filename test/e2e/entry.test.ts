import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { NODE_PACKAGES } from "../../src/packaging/nodePackages.ts";
import { run } from "../support/run.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** What stands in for the CLI: it says how it was called, then ends as it is told. */
const PROGRAM = `
process.stdout.write(JSON.stringify({ argv: process.argv.slice(2), node: process.versions.node }));
const [how, what] = process.argv.slice(2);
if (how === "exit") process.exitCode = Number(what);
if (how === "die") process.kill(process.pid, what);
if (how === "wait") {
  process.once(what, (signal) => { process.stdout.write(" got " + signal); process.exit(42); });
  setInterval(() => undefined, 1000);
  process.kill(process.ppid, what);
}
`;

/** An installation of the entry, with or without the Node that npm brings along. */
async function install(directory: string, { pinned }: { pinned: boolean }) {
  const entry = join(directory, "dist", "bin.js");
  await mkdir(dirname(entry));
  await copyFile(inject("cli"), entry);
  await writeFile(join(directory, "dist", "slipway.js"), PROGRAM);
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  const node = join(directory, "node_modules", hostPackage().name, hostPackage().binary);
  if (pinned) {
    await mkdir(dirname(node), { recursive: true });
    await symlink(process.execPath, node);
    await writeFile(join(dirname(dirname(node)), "package.json"), "{}");
  }
  /** Starts it under this Node, which claims to be of that version. */
  const start = async (version: string, ...args: readonly string[]) => {
    const claim = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: ${JSON.stringify(version)} } })`;
    return await run(process.execPath, [
      "--import",
      `data:text/javascript,${encodeURIComponent(claim)}`,
      entry,
      ...args,
    ]);
  };
  return { node, start };
}

function hostPackage() {
  const found = Object.entries(NODE_PACKAGES).find(([machine]) => machine === `${process.platform}-${process.arch}`);
  if (found === undefined) throw new Error("no Node comes along for this machine");
  return found[1];
}

describe("under a Node that is too old", () => {
  test.each(["20.20.2", "22.18.0", "23.11.1", "24.5.0"])(
    "%s, the CLI runs under the one that came along",
    async (version) => {
      await using directory = await temporaryDirectory();
      const { start } = await install(directory.path, { pinned: true });
      const { exitCode, stdout, stderr } = await start(version, "exit", "0", "an argument with spaces", "--flag");
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(JSON.parse(stdout)).toEqual({
        argv: ["exit", "0", "an argument with spaces", "--flag"],
        node: process.versions.node,
      });
    },
  );

  test.each([0, 1, 65, 255])("exit code %i is passed on", async (code) => {
    await using directory = await temporaryDirectory();
    const { start } = await install(directory.path, { pinned: true });
    expect(await start("20.0.0", "exit", String(code))).toMatchObject({ exitCode: code, signal: null });
  });

  test.each(["SIGTERM", "SIGINT", "SIGKILL"])("a death by %s is one by the same signal", async (signal) => {
    await using directory = await temporaryDirectory();
    const { start } = await install(directory.path, { pinned: true });
    expect(await start("20.0.0", "die", signal)).toMatchObject({ exitCode: null, signal });
  });

  test.each(["SIGTERM", "SIGHUP", "SIGINT"])("%s is passed on to the CLI, which decides", async (signal) => {
    await using directory = await temporaryDirectory();
    const { start } = await install(directory.path, { pinned: true });
    const done = await start("20.0.0", "wait", signal);
    expect(done).toMatchObject({ exitCode: 42, stdout: expect.stringMatching(new RegExp(`got ${signal}$`)) });
  });

  test("that is alone, one sentence says what is needed", async () => {
    await using directory = await temporaryDirectory();
    const { start } = await install(directory.path, { pinned: false });
    expect(await start("20.0.0")).toEqual({
      exitCode: 69,
      signal: null,
      stdout: "",
      stderr: expect.stringMatching(/^slipway needs Node 22\.19, 24\.6 or newer, and this is 20\.0\.0\.\n\nInstall /),
    });
  });
});

test.each(["22.19.0", "22.23.2", "24.6.0", "26.0.0"])("under Node %s the CLI runs at once", async (version) => {
  await using directory = await temporaryDirectory();
  const { start } = await install(directory.path, { pinned: false });
  const { exitCode, stdout } = await start(version, "exit", "3");
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ node: version });
});
