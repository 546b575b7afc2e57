import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const arch = process.arch === "arm64" ? "arm64" : "amd64";

async function skopeo(...args: readonly string[]): Promise<string> {
  const done = await run("skopeo", ["--insecure-policy", ...args], { env: process.env });
  expectSuccess(done);
  return done.stdout;
}

async function publish(sandbox: Sandbox, repository: string): Promise<string> {
  await writeFile(join(sandbox.directory, "app"), '#!/bin/sh\necho started "$@"\n', { mode: 0o755 });
  await writeFile(join(sandbox.directory, "app.exe"), "MZ");
  const platforms = [`linux/${arch}=app`, "windows/amd64=app.exe"];
  expectSuccess(await sandbox.slipway(["push", `${repository}:1.0.0`, ...platforms, "--compression", "gzip"]));
  return `${repository}:1.0.0`;
}

async function digestOf(sandbox: Sandbox, place: string, ...more: readonly string[]): Promise<string> {
  const { stdout } = await sandbox.slipway(["manifest", place, "--json", ...more]);
  return (JSON.parse(stdout) as { digest: string }).digest;
}

describe.runIf(hasProgram("docker-registry") && hasProgram("skopeo"))("between real registries and skopeo", () => {
  test("a whole index travels with its digest, and one platform alone", async () => {
    await using sandbox = await openSandbox();
    await using from = await startDockerRegistry();
    await using to = await startDockerRegistry();
    const reference = await publish(sandbox, `${from.address}/example/app`);
    const target = `${to.address}/mirror/app`;
    expectSuccess(await sandbox.slipway(["copy", `docker://${reference}`, target]));
    expect(await digestOf(sandbox, `${target}:1.0.0`)).toBe(await digestOf(sandbox, reference));
    const one = ["--platform", "windows/amd64"];
    expectSuccess(await sandbox.slipway(["copy", reference, `${target}:windows`, ...one]));
    expect(await digestOf(sandbox, `${target}:windows`)).toBe(await digestOf(sandbox, reference, ...one));
    expect((await sandbox.slipway(["ls", to.address])).stdout).toBe("mirror/app\n");
    expect((await sandbox.slipway(["tags", target, "--semver"])).stdout).toBe("1.0.0\n");
  });

  test("skopeo reads the layouts that we pull, and we read those that it makes", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry();
    const reference = await publish(sandbox, `${registry.address}/example/app`);
    const inside = (name: string): string => join(sandbox.directory, name);
    expectSuccess(await sandbox.slipway(["pull", reference, "--format", "oci-layout", "-o", "layout"]));
    const raw = await skopeo("inspect", "--raw", `oci:${inside("layout")}:1.0.0`);
    expect(raw).toBe((await sandbox.slipway(["manifest", reference])).stdout);
    await skopeo("copy", "--all", "--src-tls-verify=false", `docker://${reference}`, `oci:${inside("theirs")}:1.0.0`);
    expectSuccess(await sandbox.slipway(["copy", "oci:theirs:1.0.0", `${registry.address}/example/back:1.0.0`]));
    expect(await digestOf(sandbox, `${registry.address}/example/back:1.0.0`)).toBe(await digestOf(sandbox, reference));
  });

  test("Docker's own manifests of schema 2 are pulled and started", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry();
    const reference = await publish(sandbox, `${registry.address}/example/app`);
    // As an image: one layer for one folder, a config, and then in Docker's format.
    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "root"]));
    expectSuccess(
      await run("tar", ["-cf", "layer.tar", "-C", "root", "app"], { cwd: sandbox.directory, env: process.env }),
    );
    const digest = await run("sha256sum", ["layer.tar"], { cwd: sandbox.directory, env: process.env });
    const diffId = digest.stdout.slice(0, 64);
    const config = {
      architecture: arch,
      os: "linux",
      config: { Entrypoint: ["/app"] },
      rootfs: { type: "layers", diff_ids: [`sha256:${diffId}`] },
    };
    await writeFile(join(sandbox.directory, "config.json"), JSON.stringify(config));
    await writeFile(
      join(sandbox.directory, "manifest.json"),
      JSON.stringify([{ Config: "config.json", RepoTags: ["example/app:2.0.0"], Layers: ["layer.tar"] }]),
    );
    const files = ["config.json", "manifest.json", "layer.tar"];
    expectSuccess(await run("tar", ["-cf", "image.tar", ...files], { cwd: sandbox.directory, env: process.env }));
    const target = `${registry.address}/example/docker`;
    const place = `docker-archive:${join(sandbox.directory, "image.tar")}`;
    await skopeo("copy", "--format", "v2s2", "--dest-tls-verify=false", place, `docker://${target}:2.0.0`);
    const { stdout } = await sandbox.slipway(["manifest", `${target}:2.0.0`]);
    expect(JSON.parse(stdout)).toMatchObject({ mediaType: "application/vnd.docker.distribution.manifest.v2+json" });
    await sandbox.build({ repository: target });
    expect(await sandbox.launch(["it"])).toMatchObject({ exitCode: 0, stdout: "started it\n", stderr: "" });
    expectSuccess(await sandbox.slipway(["copy", "image.tar", `${target}:3.0.0`]));
    expect(await sandbox.launch(["again"])).toMatchObject({ exitCode: 0, stdout: "started again\n" });
  });
});
