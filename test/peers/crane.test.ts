import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGoProgram } from "../support/goProgram.ts";
import { run, type Run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { tarOf } from "../unit/release/layers.ts";

const program = findGoProgram("crane");
const arch = process.arch === "arm64" ? "arm64" : "amd64";

async function crane(sandbox: Sandbox, ...args: readonly string[]): Promise<Run> {
  const env = { HOME: sandbox.directory, PATH: process.env["PATH"] };
  const done = await run(program ?? "", args, { cwd: sandbox.directory, env });
  expectSuccess(done);
  return done;
}

/** An image of two layers, from nothing, as a Dockerfile with FROM scratch makes one. */
async function pushImage(sandbox: Sandbox): Promise<string> {
  const reference = `${sandbox.repository}:1.0.0`;
  const script = '#!/bin/sh\necho from an image "$@"\n';
  const layers = [
    [{ name: "old", content: "goes away" }],
    [
      { name: "usr/bin/tool", content: script, mode: 0o755 },
      { name: ".wh.old", content: "" },
      { name: "app", type: "symlink" as const, linkname: "/usr/bin/tool" },
    ],
  ];
  const files = [];
  for (const [index, entries] of layers.entries()) {
    await writeFile(join(sandbox.directory, `layer${index}.tar`), await tarOf(entries));
    files.push("-f", `layer${index}.tar`);
  }
  await crane(sandbox, "append", "--oci-empty-base", ...files, "-t", reference);
  await crane(sandbox, "mutate", reference, "--entrypoint", "/app", "--set-platform", `linux/${arch}`, "-t", reference);
  return reference;
}

describe.runIf(program !== undefined)("crane", () => {
  test("makes an image, which a launcher starts and pull unpacks", async () => {
    await using sandbox = await openSandbox();
    const reference = await pushImage(sandbox);
    await sandbox.build();
    expect(await sandbox.launch(["twice"])).toMatchObject({ exitCode: 0, stdout: "from an image twice\n", stderr: "" });
    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "there"]));
    expect((await readdir(join(sandbox.directory, "there"))).sort()).toEqual(["app", "usr"]);
  });

  test("sees the same tags, manifests, blobs and repositories", async () => {
    await using sandbox = await openSandbox();
    const reference = await pushImage(sandbox);
    const [host = ""] = sandbox.repository.split("/");
    const { layers } = JSON.parse((await crane(sandbox, "manifest", reference)).stdout) as {
      layers: { digest: string }[];
    };
    const blob = `${sandbox.repository}@${layers[0]?.digest}`;
    for (const [theirs, ours] of [
      [
        ["ls", sandbox.repository],
        ["tags", sandbox.repository],
      ],
      [
        ["catalog", host],
        ["ls", host],
      ],
      [
        ["manifest", reference],
        ["manifest", reference],
      ],
      [
        ["blob", blob],
        ["blob", blob],
      ],
    ] as const)
      expect((await sandbox.slipway(ours)).stdout.trim()).toBe((await crane(sandbox, ...theirs)).stdout.trim());
    const { digest } = JSON.parse((await sandbox.slipway(["manifest", reference, "--json"])).stdout) as {
      digest: string;
    };
    expect((await crane(sandbox, "digest", reference)).stdout.trim()).toBe(digest);
  });

  test("saves an archive that we push, and pushes an archive that we saved", async () => {
    await using sandbox = await openSandbox();
    const reference = await pushImage(sandbox);
    await crane(sandbox, "pull", reference, "theirs.tar");
    expectSuccess(await sandbox.slipway(["copy", "theirs.tar", `${sandbox.repository}:ours`]));
    expectSuccess(await sandbox.slipway(["pull", reference, "--format", "docker-archive", "-o", "ours.tar"]));
    await crane(sandbox, "push", "ours.tar", `${sandbox.repository}:theirs`);
    await mkdir(join(sandbox.directory, "there"));
    for (const tag of ["ours", "theirs"]) {
      expectSuccess(await sandbox.slipway(["pull", `${sandbox.repository}:${tag}`, "-o", `there/${tag}`]));
      expect(await readFile(join(sandbox.directory, "there", tag, "app"), "utf8")).toContain("from an image");
    }
  });
});
