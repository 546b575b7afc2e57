import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGoProgram } from "../support/goProgram.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { writeSmallLaunchers } from "../support/smallLaunchers.ts";

interface Layer {
  readonly mediaType: string;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly Layer[];
}

async function manifestOf(sandbox: Sandbox, tag: string, platform: string): Promise<Manifest> {
  const shown = await sandbox.slipway(["manifest", `${sandbox.repository}:${tag}`, "--platform", platform]);
  expectSuccess(shown);
  return JSON.parse(shown.stdout) as Manifest;
}

function summarize({ layers }: Manifest): string[] {
  return layers.map(
    ({ mediaType, annotations }) => `${annotations["org.opencontainers.image.title"] ?? "(untitled)"} ${mediaType}`,
  );
}

const oras = findGoProgram("oras");

describe("slipway push --launcher", () => {
  test("publishes launchers as they are, and beside them what browsers and download pages want", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox, { settings: { sign: { windows: "true {file}" } } });
    const pushed = await sandbox.slipway(["push", "--launcher"]);
    expect(pushed).toMatchObject({ exitCode: 0, stderr: "compressing for browsers: zstd, br, gzip\n" });
    const windows = await manifestOf(sandbox, "launcher-1.0.0", "windows/amd64");
    expect(summarize(windows)).toEqual([
      "Example-App-windows-amd64.exe application/vnd.slipway.file.v1",
      "(untitled) application/vnd.slipway.coded.v1+zstd",
      "(untitled) application/vnd.slipway.coded.v1+br",
      "(untitled) application/vnd.slipway.coded.v1+gzip",
      "(untitled) image/png",
    ]);
    expect(windows.annotations).toMatchObject({
      "org.opencontainers.image.title": "Example App",
      "org.opencontainers.image.vendor": "Example Inc.",
    });
    expect(windows.layers[0]?.annotations["vnd.slipway.code-signed"]).toBe("true");
    // A zip is compressed already.
    const mac = await manifestOf(sandbox, "launcher-1.0.0", "darwin/arm64");
    expect(summarize(mac)).toEqual([
      "Example-App-darwin-arm64.zip application/vnd.slipway.file.v1",
      "(untitled) image/png",
    ]);
    expect(mac.layers[0]?.annotations["vnd.slipway.code-signed"]).toBeUndefined();
    expect((await sandbox.slipway(["push", "--launcher"])).stdout).toContain("is there already, unchanged");
    // Who fetches it gets the one file.
    expectSuccess(
      await sandbox.slipway(["pull", `${sandbox.repository}:launcher-1.0.0`, "--platform", "linux/amd64", "-o", "got"]),
    );
    const [got, built] = await Promise.all(
      ["got", "dist"].map(async (folder) => await readFile(join(sandbox.directory, folder, "Example-App-linux-amd64"))),
    );
    expect(got?.equals(built ?? Buffer.alloc(0))).toBe(true);
  });

  test("leaves out what is not wanted, and goes on where the icon is not", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    await rm(join(sandbox.directory, "icon.png"));
    const pushed = await sandbox.slipway(["push", "--launcher", "--codings", "none"]);
    expect(pushed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("download pages show no icon") });
    const manifest = await manifestOf(sandbox, "launcher-1.0.0", "windows/amd64");
    expect(summarize(manifest)).toEqual(["Example-App-windows-amd64.exe application/vnd.slipway.file.v1"]);
  });

  test.each([
    [["push", "--launcher", "--codings", "zip"], "not a coding"],
    [["push", "--launcher", "--notes", "NEWS.md"], "--notes is for the program"],
    [["push", "1.0.0", "linux/amd64=installer.json", "--codings", "zstd"], "--codings is for --launcher"],
  ])("refuses %j", async (args, message) => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expect(await sandbox.slipway(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  });

  test.runIf(oras !== undefined)("oras passes over what has no title", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await sandbox.slipway(["push", "--launcher"]));
    const reference = `${sandbox.repository}:launcher-1.0.0`;
    const args = ["pull", "--plain-http", "--platform", "windows/amd64", "-o", "there", reference];
    expectSuccess(await run(oras ?? "", args, { cwd: sandbox.directory, env: { HOME: sandbox.home } }));
    const listed = await run("ls", ["there"], { cwd: sandbox.directory, env: process.env });
    expect(listed.stdout).toBe("Example-App-windows-amd64.exe\n");
  });
});

describe("slipway push --notes", () => {
  test("publishes what is new, under every platform's manifest", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    await writeFile(join(sandbox.directory, "NEWS.md"), "# New\n\n- *Faster*\n");
    const programs = ["linux/amd64=dist/Example-App-linux-amd64", "windows/amd64=dist/Example-App-windows-amd64.exe"];
    expectSuccess(await sandbox.slipway(["push", "1.0.0", ...programs, "--notes", "NEWS.md", "--no-check"]));
    for (const platform of ["linux/amd64", "windows/amd64"])
      expect(summarize(await manifestOf(sandbox, "1.0.0", platform))[1]).toBe("(untitled) text/markdown");
  });

  test.each([
    ["that is not there", "nowhere.md", 66],
    ["that is no text", "dist/../icon.png", 65],
  ])("refuses a file %s", async (_what, path, exitCode) => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    const args = ["push", "1.0.0", "linux/amd64=dist/Example-App-linux-amd64", "--notes", path, "--no-check"];
    expect(await sandbox.slipway(args)).toMatchObject({ exitCode });
    expect((await sandbox.slipway(["tags", sandbox.repository])).stdout).toBe("");
  });
});
