import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGoProgram } from "../support/goProgram.ts";
import { largeScript } from "../support/largeScript.ts";
import { run, type Run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const program = findGoProgram("oras");
const here = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

async function oras(sandbox: Sandbox, command: string, ...args: readonly string[]): Promise<Run> {
  const done = await run(program ?? "", [...command.split(" "), "--plain-http", ...args], {
    cwd: sandbox.directory,
    env: { HOME: sandbox.directory, PATH: process.env["PATH"] },
  });
  expectSuccess(done);
  return done;
}

async function writeFiles(sandbox: Sandbox): Promise<void> {
  await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho app\n", { mode: 0o755 });
  await writeFile(join(sandbox.directory, "README.md"), "# Read me\n");
  await mkdir(join(sandbox.directory, "images"));
  await writeFile(join(sandbox.directory, "images", "logo.svg"), "<svg/>");
}

describe.runIf(program !== undefined)("oras", () => {
  test("pushes one binary, which we list, show, pull and start", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    await oras(sandbox, "push", `${sandbox.repository}:v1.0.0`, "./app");
    expect((await sandbox.slipway(["tags", sandbox.repository])).stdout).toBe("v1.0.0\n");
    expect((await sandbox.slipway(["inspect", `${sandbox.repository}:v1.0.0`])).stdout).toContain("- app ");
    expectSuccess(await sandbox.slipway(["pull", `${sandbox.repository}:v1.0.0`, "-o", "there"]));
    expect(await readFile(join(sandbox.directory, "there", "app"), "utf8")).toContain("echo app");
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "app\n" });
  });

  test("pushes files and folders with types, which we pull as oras does", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    const reference = `${sandbox.repository}:0.1.0`;
    await oras(sandbox, "push", reference, "README.md:text/markdown", "./images/:application/x-tar");
    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "ours"]));
    await oras(sandbox, "pull", reference, "-o", "theirs");
    for (const folder of ["ours", "theirs"]) {
      expect((await readdir(join(sandbox.directory, folder))).sort()).toEqual(["README.md", "images"]);
      expect(await readFile(join(sandbox.directory, folder, "images", "logo.svg"), "utf8")).toBe("<svg/>");
    }
  });

  test("pushes a program beside its folders, which a launcher starts", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    await writeFile(join(sandbox.directory, "app"), '#!/bin/sh\ncat "$(dirname "$0")/images/logo.svg"\n');
    await oras(sandbox, "push", `${sandbox.repository}:1.0.0`, "app", "images", "README.md");
    await sandbox.build({ entrypoint: "app" });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "<svg/>" });
  });

  test("makes an index of two pushes, of which the launcher and pull take the right one", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    const push = async (platform: string, file: string) =>
      await oras(sandbox, "push", "--artifact-platform", platform, `${sandbox.repository}:${file}`, file);
    await writeFile(join(sandbox.directory, "app.exe"), "MZ");
    await push(here, "app");
    await push("windows/amd64", "app.exe");
    await oras(sandbox, "manifest index create", `${sandbox.repository}:2.0.0`, "app", "app.exe");
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "app\n" });
    const windows = ["pull", `${sandbox.repository}:2.0.0`, "--platform", "windows/amd64", "-o", "there"];
    expectSuccess(await sandbox.slipway(windows));
    expect(await readdir(join(sandbox.directory, "there"))).toEqual(["app.exe"]);
  });

  test("pulls what we push: files, folders, types", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    const reference = `${sandbox.repository}:latest`;
    const args = ["push", reference, "./app", "README.md:text/markdown", "images", "--artifact-type", "image/svg+xml"];
    expectSuccess(await sandbox.slipway(args));
    await oras(sandbox, "pull", reference, "-o", "there");
    expect((await readdir(join(sandbox.directory, "there"))).sort()).toEqual(["README.md", "app", "images"]);
    expect(await readFile(join(sandbox.directory, "there", "images", "logo.svg"), "utf8")).toBe("<svg/>");
    const { stdout } = await oras(sandbox, "manifest fetch", reference);
    expect(stdout).toBe((await sandbox.slipway(["manifest", reference])).stdout);
    expect(JSON.parse(stdout)).toMatchObject({ artifactType: "image/svg+xml" });
  });

  test("pulls the files of a release that has deltas, and nothing else", async () => {
    await using sandbox = await openSandbox();
    for (const version of ["1.0.0", "1.1.0"]) await sandbox.publish(version, largeScript(version));
    const { stdout } = await sandbox.slipway(["inspect", `${sandbox.repository}:1.1.0`]);
    expect(stdout).toContain("- deltas from 1.0.0 (");
    await oras(sandbox, "pull", "--platform", here, `${sandbox.repository}:1.1.0`, "-o", "there");
    expect(await readdir(join(sandbox.directory, "there"))).toEqual(["app"]);
  });

  test("pulls a release of ours that was pushed for stock clients", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    const args = ["push", `${sandbox.repository}:1.0.0`, `${here}=app`, "--include", "images", "--compression", "none"];
    expectSuccess(await sandbox.slipway(args));
    await oras(sandbox, "pull", "--platform", here, `${sandbox.repository}:1.0.0`, "-o", "there");
    expect(await readFile(join(sandbox.directory, "there", "app"), "utf8")).toContain("echo app");
    expect(await readFile(join(sandbox.directory, "there", "images", "logo.svg"), "utf8")).toBe("<svg/>");
  });

  test("prints the same blob, and copies from a layout that we wrote", async () => {
    await using sandbox = await openSandbox();
    await writeFiles(sandbox);
    const reference = `${sandbox.repository}:1.0.0`;
    expectSuccess(await sandbox.slipway(["push", reference, "README.md"]));
    const { layers } = JSON.parse((await sandbox.slipway(["manifest", reference])).stdout) as {
      layers: { digest: string }[];
    };
    const blob = `${sandbox.repository}@${layers[0]?.digest}`;
    const theirs = await oras(sandbox, "blob fetch", blob, "--output", "-");
    expect((await sandbox.slipway(["blob", blob])).stdout).toBe(theirs.stdout);

    expectSuccess(await sandbox.slipway(["copy", reference, "oci:layout:1.0.0"]));
    const target = sandbox.repository.replace("example/app", "example/copy");
    await run(program ?? "", ["copy", "--from-oci-layout", "layout:1.0.0", "--to-plain-http", `${target}:1.0.0`], {
      cwd: sandbox.directory,
      env: { HOME: sandbox.directory, PATH: process.env["PATH"] },
    }).then(expectSuccess);
    const digest = async (place: string) =>
      (JSON.parse((await sandbox.slipway(["manifest", place, "--json"])).stdout) as { digest: string }).digest;
    expect(await digest(`${target}:1.0.0`)).toBe(await digest(reference));
  });
});
