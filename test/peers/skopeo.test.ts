import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLayout } from "../../src/archive/layout.ts";
import { copyGraph } from "../../src/oci/copy.ts";
import { openMemory } from "../../src/oci/memory.ts";
import { openRegistry } from "../../src/registry/client.ts";
import { openDiskRegistry } from "../../src/server/registry/disk.ts";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { largeScript } from "../support/largeScript.ts";
import { startTestRegistry } from "../support/registry.ts";
import { run, type Run } from "../support/run.ts";
import { pushSample } from "../support/sample.ts";
import { expectSuccess, openSandbox } from "../support/sandbox.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const INSECURE = ["--src-tls-verify=false", "--dest-tls-verify=false"];

async function skopeo(args: readonly string[]): Promise<Run> {
  const done = await run("skopeo", ["--insecure-policy", ...args], { env: process.env });
  expectSuccess(done);
  return done;
}

describe.runIf(hasProgram("skopeo"))("skopeo", () => {
  test("reads what slipway push wrote, byte for byte", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    const ours = await sandbox.slipway(["manifest", `${sandbox.repository}:1.0.0`]);
    const theirs = await skopeo(["inspect", "--raw", "--tls-verify=false", `docker://${sandbox.repository}:1.0.0`]);
    expect(theirs.stdout).toBe(ours.stdout);
  });

  test("copies our release to an image layout, which we read and install from another registry", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    const layout = join(sandbox.directory, "layout");
    await skopeo(["copy", "--all", ...INSECURE, `docker://${sandbox.repository}:1.0.0`, `oci:${layout}:1.0.0`]);
    await using registry = await startTestRegistry();
    const read = await openLayout(layout);
    await copyGraph(read, registry.storage, await read.resolve("1.0.0"), { tag: "1.0.0" });
    await sandbox.build({ repository: `${registry.server.address}/example/app` });
    expect(await sandbox.launch()).toEqual({ exitCode: 0, signal: null, stdout: "one\n", stderr: "" });
  });

  test("copies a release with its deltas, by which the launcher updates", async () => {
    await using sandbox = await openSandbox();
    await using mirror = await startTestRegistry();
    const repository = `${mirror.server.address}/example/app`;
    await sandbox.publish("1.0.0", largeScript("1.0.0"));
    await sandbox.build({ mirrors: [repository] });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    await sandbox.publish("1.1.0", largeScript("1.1.0"));
    const [from, to] = [sandbox.repository, repository].map((name) => `docker://${name}:1.1.0`);
    await skopeo(["copy", "--all", ...INSECURE, from ?? "", to ?? ""]);
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    const log = await readFile(join(sandbox.data, "log", "launcher.jsonl"), "utf8");
    expect(log).toContain('"event":"delta"');
  });

  test.runIf(hasProgram("docker-registry"))(
    "mirrors our release to another registry, from which the launcher installs the same digests",
    async () => {
      await using sandbox = await openSandbox();
      await using mirror = await startDockerRegistry();
      await sandbox.publish("1.0.0", "echo one");
      await skopeo([
        "copy",
        "--all",
        ...INSECURE,
        `docker://${sandbox.repository}:1.0.0`,
        `docker://${mirror.address}/example/app:1.0.0`,
      ]);
      const digests = await Promise.all(
        [sandbox.repository, `${mirror.address}/example/app`].map(
          async (repository) => (await sandbox.slipway(["inspect", `${repository}:1.0.0`, "--json"])).stdout,
        ),
      );
      expect(JSON.parse(digests[0] ?? "").descriptor).toEqual(JSON.parse(digests[1] ?? "").descriptor);
      await sandbox.build({ mirrors: [`${mirror.address}/example/app`] });
      await sandbox.stopRegistry();
      expect(await sandbox.launch()).toEqual({ exitCode: 0, signal: null, stdout: "one\n", stderr: "" });
    },
  );

  test("reads the embedded registry's folders as image layouts", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const index = await pushSample(registry.storage, { tag: "1.0.0" });
    const { stdout } = await skopeo(["inspect", "--raw", `oci:${join(directory.path, "example", "app")}:1.0.0`]);
    const { bytes } = await registry.storage.fetchManifest(index.digest);
    expect(stdout).toBe(new TextDecoder().decode(bytes));
  });

  test("pushes an image of its own into the embedded registry, and gets it back", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry();
    await mkdir(join(directory.path, "layout"));
    const layout = await openLayout(join(directory.path, "layout"));
    const index = await pushSample(layout, { tag: "1.0.0" });
    await skopeo([
      "copy",
      "--all",
      ...INSECURE,
      `oci:${join(directory.path, "layout")}:1.0.0`,
      `docker://${registry.server.address}/example/app:1.0.0`,
    ]);
    expect((await registry.storage.resolve("1.0.0")).digest).toBe(index.digest);
    await copyGraph(registry.storage, openMemory(), index);
    await skopeo([
      "copy",
      "--all",
      ...INSECURE,
      `docker://${registry.server.address}/example/app:1.0.0`,
      `oci:${join(directory.path, "back")}:1.0.0`,
    ]);
    const back = await openLayout(join(directory.path, "back"));
    expect((await back.resolve("1.0.0")).digest).toBe(index.digest);
  });

  test.runIf(hasProgram("docker-registry"))("is read by us where it copied an image to docker-registry", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startDockerRegistry();
    await writeFile(join(directory.path, "note"), "");
    const layout = await openLayout(join(directory.path, "layout"));
    const index = await pushSample(layout, { tag: "1.0.0", platforms: ["linux/amd64", "linux/arm64", "darwin/arm64"] });
    await skopeo([
      "copy",
      "--all",
      ...INSECURE,
      `oci:${join(directory.path, "layout")}:1.0.0`,
      `docker://${registry.address}/example/app:1.0.0`,
    ]);
    await using client = openRegistry({ userAgent: "test" });
    const repository = client.repository({ host: registry.address, name: "example/app" });
    expect(await repository.tags()).toEqual(["1.0.0"]);
    const target = openMemory();
    await copyGraph(repository, target, await repository.resolve("1.0.0"), { tag: "1.0.0" });
    expect((await target.resolve("1.0.0")).digest).toBe(index.digest);
  });
});
