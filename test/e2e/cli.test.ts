import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { samplePe } from "../support/samplePe.ts";
import { openSandbox } from "../support/sandbox.ts";

describe("slipway push", () => {
  test("publishes for several platforms, which tags, manifest and inspect show", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho app\n");
    await writeFile(join(sandbox.directory, "app.exe"), samplePe());
    await writeFile(join(sandbox.directory, "NOTES"), "notes");
    const reference = `${sandbox.repository}:1.2.0`;
    const pushed = await sandbox.slipway([
      "push",
      reference,
      "linux/amd64=app",
      "windows/amd64=app.exe",
      "--include",
      "NOTES",
      "--annotation",
      "org.opencontainers.image.licenses=MIT",
    ]);
    expect(pushed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(pushed.stdout).toContain(`pushed ${reference}`);

    expect(await sandbox.slipway(["tags", sandbox.repository])).toMatchObject({ exitCode: 0, stdout: "1.2.0\n" });
    const { stdout } = await sandbox.slipway(["inspect", reference]);
    for (const text of [
      "linux/amd64",
      "windows/amd64",
      "org.opencontainers.image.licenses = MIT",
      "- app ",
      "[executable, starts]",
      "- NOTES ",
    ])
      expect(stdout).toContain(text);

    const manifest = await sandbox.slipway(["manifest", reference, "--platform", "windows/amd64"]);
    expect(JSON.parse(manifest.stdout)).toMatchObject({
      artifactType: "application/vnd.slipway.app.v1",
      annotations: { "vnd.slipway.entrypoint": "app.exe" },
    });
    expect(manifest.stderr).toMatch(/^sha256:[0-9a-f]{64} {2}index\nsha256:[0-9a-f]{64} {2}windows\/amd64\n$/);
  });

  test("gives the same content the same digest, and does not change a version that is published", async () => {
    await using sandbox = await openSandbox();
    const push = async (content: string, ...more: string[]) => {
      await writeFile(join(sandbox.directory, "app"), content);
      return await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, "linux/amd64=app", ...more]);
    };
    await push("#!one");
    expect(await push("#!one")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("is there already, unchanged"),
    });
    expect(await push("#!two")).toMatchObject({
      exitCode: 73,
      stderr: expect.stringContaining("exists with other content"),
    });
    expect(await push("#!two", "--force")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("replaced") });
  });

  test("takes folders whole: executable bits, links, and the program inside", async () => {
    await using sandbox = await openSandbox();
    const folder = join(sandbox.directory, "out");
    await mkdir(join(folder, "bin"), { recursive: true });
    await mkdir(join(sandbox.directory, "assets"));
    await writeFile(join(sandbox.directory, "assets", "a.txt"), "asset");
    await writeFile(
      join(folder, "bin", "app"),
      '#!/bin/sh\nd=$(dirname "$0")/..; cat "$d/data" "$d/link" "$d/assets/a.txt"; test -x "$d/data" || echo plain\n',
      { mode: 0o755 },
    );
    await writeFile(join(folder, "data"), "data ");
    await symlink("data", join(folder, "link"));
    const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
    for (const compression of ["zstd", "gzip", "none"]) {
      const version = `1.0.0-${compression}`;
      const pushed = await sandbox.slipway([
        "push",
        `${sandbox.repository}:${version}`,
        `${platform}=out`,
        "--entrypoint",
        "bin/app",
        "--include",
        "assets",
        "--compression",
        compression,
      ]);
      expect(pushed).toMatchObject({ exitCode: 0, stderr: "" });
      await sandbox.build({ version });
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "data data assetplain\n", stderr: "" });
    }
  });

  test("writes a plain image config for registries that refuse artifacts, and launchers take it", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho compat\n");
    await sandbox.slipway([
      "push",
      `${sandbox.repository}:1.0.0`,
      `linux/${process.arch === "arm64" ? "arm64" : "amd64"}=app`,
      "--compat",
    ]);
    const { stdout } = await sandbox.slipway(["inspect", `${sandbox.repository}:1.0.0`, "--json"]);
    expect(stdout).not.toContain("artifactType");
    expect(stdout).toContain("application/vnd.oci.image.config.v1+json");
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "compat\n" });
  });
});

describe("bad input", () => {
  const cases: readonly (readonly [string, readonly string[], number, string])[] = [
    ["no version", ["push"], 2, "the version to push is missing"],
    ["a version that is none", ["push", "REPO:latest", "linux/amd64=app"], 2, '"latest" is not a version'],
    [
      "a reference without a host",
      ["push", "example/app:1.0.0", "linux/amd64=app"],
      2,
      "does not begin with a registry's host",
    ],
    ["nothing to push", ["push", "REPO:1.0.0"], 2, "nothing to push"],
    ["a platform that is none", ["push", "REPO:1.0.0", "linux=app"], 2, 'not a platform: "linux"'],
    ["a path that is not there", ["push", "REPO:1.0.0", "linux/amd64=missing"], 66, "there is no "],
    [
      "a platform twice",
      ["push", "REPO:1.0.0", "linux/amd64=app", "linux/x86_64=app"],
      2,
      "linux/amd64 is given twice",
    ],
    ["a folder with no program", ["push", "REPO:1.0.0", "linux/amd64=empty"], 2, "has no program at its top"],
    [
      "a compression that is none",
      ["push", "REPO:1.0.0", "linux/amd64=app", "--compression", "lzma"],
      2,
      'not a compression: "lzma"',
    ],
    [
      "an annotation without a value",
      ["push", "REPO:1.0.0", "linux/amd64=app", "--annotation", "x"],
      2,
      "expected KEY=VALUE",
    ],
    ["an option that does not exist", ["push", "--forse"], 2, "Unknown option '--forse'"],
    ["a version without installer.json", ["push", "1.0.0", "linux/amd64=app"], 66, "there is no "],
    [
      "a password without a name",
      ["tags", "REPO", "--password-stdin"],
      2,
      "--username and --password-stdin belong together",
    ],
    ["a repository that is not there", ["tags", "REPO"], 66, "answered 404 (NAME_UNKNOWN: no repository example/app)"],
    ["a registry that is not there", ["tags", "127.0.0.1:1/a"], 69, "cannot reach 127.0.0.1:1: nobody listens there"],
    ["a tag that is not there", ["inspect", "REPO:9.9.9"], 66, "answered 404"],
    ["a reference without a tag", ["manifest", "REPO"], 2, "names no tag or digest"],
    ["two references", ["inspect", "REPO:1.0.0", "REPO:1.0.0"], 2, "expected only a reference"],
    ["no installer.json", ["build"], 66, "there is no "],
    [
      "a launcher for another planet",
      ["build", "--config", "good.json", "--platform", "linux/s390x"],
      2,
      "no launcher can be made for linux/s390x",
    ],
    ["a setting that is wrong", ["build", "--config", "bad.json"], 78, "bad.json: repository is missing"],
    ["a version request that is none", ["build", "--config", "request.json"], 78, 'not a version request: "newest"'],
    ["a port that is none", ["registry", "--port", "http"], 2, 'not a port: "http"'],
    ["a command that does not exist", ["pusch"], 2, 'there is no command "pusch"'],
  ];

  test.each(cases)("%s is one clear sentence with what to do next", async (_, args, exitCode, message) => {
    await using sandbox = await openSandbox();
    const good = { id: "com.example.app", name: "app", repository: sandbox.repository };
    await writeFile(join(sandbox.directory, "app"), "#!");
    await mkdir(join(sandbox.directory, "empty"));
    await writeFile(join(sandbox.directory, "good.json"), JSON.stringify(good));
    await writeFile(join(sandbox.directory, "bad.json"), JSON.stringify({ ...good, repository: undefined }));
    await writeFile(join(sandbox.directory, "request.json"), JSON.stringify({ ...good, version: "newest" }));
    const run = await sandbox.slipway(args.map((argument) => argument.replace("REPO", sandbox.repository)));
    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode, stdout: "" });
    expect(run.stderr).toMatch(/^slipway: /);
    expect(run.stderr).toContain(message);
    // The remedy stands apart, and no stack trace does.
    expect(run.stderr).toMatch(/\n\n\S/);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

const COMMANDS =
  "push build link doctor ls tags inspect manifest blob pull copy verify login logout serve registry completion".split(
    " ",
  );

describe("help", () => {
  test.each(COMMANDS)("of %s has an example", async (command) => {
    await using sandbox = await openSandbox();
    const { exitCode, stdout, stderr } = await sandbox.slipway([command, "--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^Examples?:$/m);
    expect((await sandbox.slipway(["help", command])).stdout).toBe(stdout);
  });

  test("lists all commands on one screen", async () => {
    await using sandbox = await openSandbox();
    const { stdout } = await sandbox.slipway([]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(30);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(` ${command} +[a-z]`));
  });
});

describe("slipway build", () => {
  test("names the file after the program, prints JSON, and never leaves half a file", async () => {
    await using sandbox = await openSandbox();
    await writeFile(
      join(sandbox.directory, "installer.json"),
      JSON.stringify({ id: "com.example.app", name: "My App: Übung", repository: sandbox.repository }),
    );
    const built = await sandbox.slipway(["build", "--platform", "host", "--out", "files", "--json"]);
    expect(built).toMatchObject({ exitCode: 0, stderr: "" });
    const { launchers } = JSON.parse(built.stdout) as { launchers: { path: string; platform: string }[] };
    expect(launchers.map(({ path }) => path.split("/").at(-1))).toEqual([
      `My-App-Ubung-linux-${process.arch === "arm64" ? "arm64" : "amd64"}`,
    ]);
  });
});
