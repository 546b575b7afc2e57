import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { provideBase } from "../../../src/packaging/bases.ts";
import { findTarget, NODE_VERSION, type Target } from "../../../src/packaging/targets.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const windows = findTarget({ os: "windows", architecture: "amd64" });

/** A cache, an installation, and an `npm` that logs its calls and then does as the script says. */
async function prepare(directory: string, npm: string) {
  const archive = join(directory, "archive.tgz");
  const log = join(directory, "npm.log");
  const bin = join(directory, "path");
  await mkdir(join(directory, "package", "bin"), { recursive: true });
  await writeFile(join(directory, "package", "bin", "node.exe"), "the binary");
  await writeFile(join(directory, "package", "package.json"), "{}");
  execFileSync("tar", ["czf", archive, "-C", directory, "package"]);
  await mkdir(bin);
  await writeFile(join(bin, "npm"), `#!/bin/sh\necho "$*" >> ${log}\n${npm}\n`, { mode: 0o755 });
  return {
    bin,
    // Pinned to what the test's registry has.
    target: pinTo(await readFile(archive)),
    calls: async () => (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    options: {
      cacheDirectory: join(directory, "cache"),
      resolveFrom: join(directory, "installed", "dist", "slipway.js"),
      platform: "linux" as const,
      env: { PATH: `${bin}:/usr/bin:/bin` },
    },
  };
}

function pinTo(archive: Buffer): Target {
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  return { ...windows, nodePackage: { ...windows.nodePackage, integrity } };
}

async function installNode(resolveFrom: string, version: string): Promise<string> {
  const directory = join(dirname(dirname(resolveFrom)), "node_modules", windows.nodePackage.name);
  const binary = join(directory, windows.nodePackage.binary);
  await mkdir(dirname(binary), { recursive: true });
  await writeFile(join(directory, "package.json"), JSON.stringify({ version }));
  await writeFile(binary, "installed");
  return binary;
}

describe("the Node of another platform", () => {
  test("is fetched with npm once, in the pinned version, and then kept", async () => {
    await using directory = await temporaryDirectory();
    const { target, options, calls } = await prepare(directory.path, `cp ${directory.path}/archive.tgz .`);
    const first = await provideBase(target, options);
    expect(await readFile(first, "utf8")).toBe("the binary");
    expect(await provideBase(target, options)).toBe(first);
    expect(await calls()).toEqual([`pack ${target.nodePackage.name}@${NODE_VERSION} --loglevel=error`]);
  });

  test("is fetched again when the kept copy was changed", async () => {
    await using directory = await temporaryDirectory();
    const { target, options, calls } = await prepare(directory.path, `cp ${directory.path}/archive.tgz .`);
    const path = await provideBase(target, options);
    await writeFile(path, "the binaru");
    await provideBase(target, options);
    expect(await readFile(path, "utf8")).toBe("the binary");
    expect(await calls()).toHaveLength(2);
  });

  test("is not fetched where it was installed along", async () => {
    await using directory = await temporaryDirectory();
    const { target, options, calls } = await prepare(directory.path, "exit 1");
    const binary = await installNode(options.resolveFrom, NODE_VERSION);
    expect(await provideBase(target, options)).toBe(binary);
    expect(await calls()).toEqual([]);
  });

  test("is fetched where another version was installed along", async () => {
    await using directory = await temporaryDirectory();
    const { target, options } = await prepare(directory.path, `cp ${directory.path}/archive.tgz .`);
    const binary = await installNode(options.resolveFrom, "22.0.0");
    expect(await provideBase(target, options)).not.toBe(binary);
  });
});

describe("trouble", () => {
  test.each([
    {
      what: "npm's refusal is told in npm's words",
      npm: "echo 'npm error code E404' >&2; echo 'npm error 404 Not Found' >&2; echo 'npm error A complete log of this run can be found in: x' >&2; exit 1",
      error: { code: "unavailable", message: expect.stringMatching(/could not fetch .*: code E404 404 Not Found$/) },
    },
    {
      what: "npm that writes nothing is told",
      npm: "exit 0",
      error: { code: "unavailable", message: expect.stringContaining("wrote no archive") },
    },
    {
      what: "another archive than the pinned one is told",
      npm: "mkdir package; echo > package/README.md; tar czf a.tgz package",
      error: {
        code: "bad-data",
        message: expect.stringMatching(/is not what Slipway expects: sha512-\S{88} instead of sha512-\S{88}$/),
        hint: expect.stringContaining("registry"),
      },
    },
  ])("$what", async ({ npm, error }) => {
    await using directory = await temporaryDirectory();
    const { target, options } = await prepare(directory.path, npm);
    await expect(provideBase(target, options)).rejects.toMatchObject(error);
  });

  test("a cut archive is never kept, even where it is the pinned one", async () => {
    await using directory = await temporaryDirectory();
    const archive = `${directory.path}/archive.tgz`;
    const { target, options } = await prepare(directory.path, `head -c 100 ${archive} > a.tgz`);
    await expect(provideBase(target, options)).rejects.toMatchObject({ code: "bad-data" });
    const pinned = pinTo((await readFile(archive)).subarray(0, 100));
    await expect(provideBase(pinned, options)).rejects.toThrow(/unexpected end/);
    await expect(provideBase(pinned, options)).rejects.toThrow(/unexpected end/);
  });

  test("an archive without Node is told", async () => {
    await using directory = await temporaryDirectory();
    const archive = join(directory.path, "other.tgz");
    const { options } = await prepare(directory.path, `cp ${archive} .`);
    execFileSync("tar", ["czf", archive, "-C", directory.path, "package/package.json"]);
    await expect(provideBase(pinTo(await readFile(archive)), options)).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("has no bin/node.exe"),
    });
  });

  test("a missing npm is told", async () => {
    await using directory = await temporaryDirectory();
    const { target, options } = await prepare(directory.path, "exit 1");
    await expect(provideBase(target, { ...options, env: { PATH: directory.path } })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("there is no npm on the PATH"),
    });
  });
});
