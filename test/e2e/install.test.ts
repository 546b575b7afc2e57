import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";
import { run } from "../support/run.ts";
import { expectSuccess } from "../support/sandbox.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** PATH without the folders that npm puts in front of it, so that the machine's own Node is found. */
const systemPath = (process.env["PATH"] ?? "")
  .split(":")
  .filter((folder) => !folder.includes("node_modules"))
  .join(":");

test("the package that npm publishes, installed into an empty prefix, gives a working slipway", async () => {
  await using directory = await temporaryDirectory();
  const env = { ...process.env, PATH: systemPath, npm_config_loglevel: "error" };
  const npm = async (...args: string[]) => await run("npm", args, { cwd: directory.path, env });
  // dist/ was built before the tests.
  expectSuccess(await npm("pack", root, "--ignore-scripts", "--silent"));
  const archive = (await readdir(directory.path)).find((name) => name.endsWith(".tgz")) ?? "";
  const prefix = join(directory.path, "prefix");
  expectSuccess(
    await npm("install", "--global", "--prefix", prefix, "--prefer-offline", join(directory.path, archive)),
  );

  const slipway = join(prefix, "bin", "slipway");
  const environment = { PATH: systemPath, HOME: directory.path, SLIPWAY_CACHE: inject("cache") };
  const start = async (...args: string[]) => await run(slipway, args, { cwd: directory.path, env: environment });
  // Under the machine's own Node, which may be too old for the CLI, and under the one that launchers are made of.
  for (const PATH of [systemPath, `${dirname(process.execPath)}:${systemPath}`]) {
    const env = { ...environment, PATH };
    expect(await run(slipway, ["--version"], { cwd: directory.path, env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: "",
    });
    expect(await run(slipway, ["--help"], { cwd: directory.path, env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("Usage: slipway COMMAND"),
      stderr: "",
    });
  }
  expect(await start("tags", "127.0.0.1:1/a")).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining("nobody listens there"),
  });

  await writeFile(
    join(directory.path, "installer.json"),
    JSON.stringify({ id: "com.example.app", name: "app", repository: "127.0.0.1:1/a" }),
  );
  expect(await start("build", "--platform", "host")).toMatchObject({ exitCode: 0, stderr: "" });
  const [launcher = ""] = await readdir(join(directory.path, "dist"));
  const launched = await run(join(directory.path, "dist", launcher), [], {
    env: { PATH: systemPath, HOME: directory.path },
  });
  expect(launched).toMatchObject({ exitCode: 69, stderr: expect.stringContaining("app could not be installed.") });
  expect(existsSync(join(prefix, "lib", "node_modules", "slipway", "installer.schema.json"))).toBe(true);
});
