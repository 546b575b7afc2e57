import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { startTestRegistry } from "../support/registry.ts";

const here = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

async function digestOf(sandbox: Sandbox, place: string): Promise<string> {
  const { stdout } = await sandbox.slipway(["manifest", place, "--json"]);
  return (JSON.parse(stdout) as { digest: string }).digest;
}

async function publishBoth(sandbox: Sandbox): Promise<string> {
  await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho one\n");
  await writeFile(join(sandbox.directory, "app.exe"), "MZ");
  const reference = `${sandbox.repository}:1.0.0`;
  expectSuccess(await sandbox.slipway(["push", reference, `${here}=app`, "windows/amd64=app.exe"]));
  return reference;
}

describe("slipway copy", () => {
  test("goes to a file and from there to another registry, with the same digest", async () => {
    await using sandbox = await openSandbox();
    await using other = await startTestRegistry();
    const reference = await publishBoth(sandbox);
    const target = `${other.server.address}/mirror/app`;
    expectSuccess(await sandbox.slipway(["copy", reference, "app.tar"]));
    await sandbox.stopRegistry();
    expect(await sandbox.slipway(["copy", "app.tar", `${target}:1.0.0`])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await digestOf(sandbox, `${target}:1.0.0`)).toBe(await digestOf(sandbox, "app.tar"));
  });

  test("takes the source's tag where the destination has none, and mounts what the registry holds", async () => {
    await using sandbox = await openSandbox();
    const reference = await publishBoth(sandbox);
    const target = sandbox.repository.replace("example/app", "example/copy");
    const copied = await sandbox.slipway(["copy", reference, target]);
    expect(copied.stdout).toContain(`${target}:1.0.0`);
    expect(await digestOf(sandbox, `${target}:1.0.0`)).toBe(await digestOf(sandbox, reference));
    const uploads = sandbox.requests.filter(({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"));
    // The three of the push itself: two programs, one empty config.
    expect(uploads).toHaveLength(3);
  });

  test("takes one platform when asked for one", async () => {
    await using sandbox = await openSandbox();
    const reference = await publishBoth(sandbox);
    const target = `${sandbox.repository}:windows`;
    expectSuccess(await sandbox.slipway(["copy", reference, target, "--platform", "windows/amd64"]));
    const { stdout } = await sandbox.slipway(["manifest", target]);
    expect(JSON.parse(stdout)).toMatchObject({ annotations: { "vnd.slipway.entrypoint": "app.exe" } });
  });

  test.each(["oci:layout:1.0.0", "layout.tar", "oci-archive:layout.tar:1.0.0"])(
    "writes and reads %s",
    async (place) => {
      await using sandbox = await openSandbox();
      const reference = await publishBoth(sandbox);
      expectSuccess(await sandbox.slipway(["copy", reference, place]));
      expect(await digestOf(sandbox, place)).toBe(await digestOf(sandbox, reference));
      expect((await sandbox.slipway(["inspect", place])).stdout).toContain("windows/amd64");
      expectSuccess(await sandbox.slipway(["pull", place, "-o", "there"]));
      expect(await readFile(join(sandbox.directory, "there", "app"), "utf8")).toContain("echo one");
    },
  );

  test("replaces no file unasked, and leaves none when it fails", async () => {
    await using sandbox = await openSandbox();
    const reference = await publishBoth(sandbox);
    await writeFile(join(sandbox.directory, "app.tar"), "precious");
    expect(await sandbox.slipway(["copy", reference, "app.tar"])).toMatchObject({ exitCode: 73 });
    sandbox.setFaults(faultOn(/^GET .*\/blobs\//, { kind: "wrong-bytes" }));
    expect(await sandbox.slipway(["copy", reference, "app.tar", "--force"])).toMatchObject({ exitCode: 65 });
    expect(await readFile(join(sandbox.directory, "app.tar"), "utf8")).toBe("precious");
  });

  test.each([
    [
      "a login for two registries",
      ["copy", "REFERENCE", "127.0.0.2:1/app:1.0.0", "--token", "t"],
      2,
      "would go to all",
    ],
    ["no destination", ["copy", "a.tar"], 2, "the destination is missing"],
    ["a file that is not there", ["copy", "missing.tar", "HOST/app:1.0.0"], 66, "missing.tar"],
    ["a layout that is not there", ["copy", "oci:missing:1.0.0", "HOST/app:1.0.0"], 66, "missing"],
    ["an index for docker load", ["copy", "REFERENCE", "docker-archive:x.tar"], 2, "oci-layout"],
  ])("refuses %s", async (_, args, exitCode, message) => {
    await using sandbox = await openSandbox();
    const reference = await publishBoth(sandbox);
    const [host = ""] = sandbox.repository.split("/");
    const run = await sandbox.slipway(args.map((text) => text.replace("HOST", host).replace("REFERENCE", reference)));
    expect(run).toMatchObject({ exitCode, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).toMatch(/\n\n\S/);
  });
});

describe("a launcher without a network", () => {
  test.each(["oci:layout", "oci:app.tar"])("installs and updates from %s beside it", async (place) => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    const file = place.slice("oci:".length);
    const carry = async (version: string) =>
      expectSuccess(
        await sandbox.slipway([
          "copy",
          `${sandbox.repository}:${version}`,
          `dist/${file}`.replace(/^dist\/layout$/, `oci:dist/layout:${version}`),
          "--force",
        ]),
      );
    await mkdir(join(sandbox.directory, "dist"), { recursive: true });
    await carry("1.0.0");
    await sandbox.build({ repository: place });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
    await sandbox.publish("1.1.0", "echo two");
    await carry("1.1.0");
    await sandbox.stopRegistry();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
    // The stick is gone: what is installed runs.
    await rm(join(sandbox.directory, "dist", file), { recursive: true });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
  });
});

describe("slipway verify", () => {
  test("fetches through every place, and says which one differs", async () => {
    await using sandbox = await openSandbox();
    await using mirror = await startTestRegistry();
    await using forged = await startTestRegistry();
    const reference = await publishBoth(sandbox);
    const [mirrorHost, forgedHost] = [mirror.server.address, forged.server.address];
    expectSuccess(await sandbox.slipway(["copy", reference, `${mirrorHost}/example/app`]));
    expectSuccess(await sandbox.slipway(["copy", reference, "app.tar"]));
    const same = await sandbox.slipway(["verify", reference, "--from", mirrorHost, "--from", "app.tar"]);
    expect(same).toMatchObject({ exitCode: 0, stderr: "" });
    expect(same.stdout.match(/^same /gm)).toHaveLength(3);

    await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho evil\n");
    expectSuccess(
      await sandbox.slipway(["push", `${forgedHost}/example/app:1.0.0`, `${here}=app`, "windows/amd64=app.exe"]),
    );
    const args = ["verify", reference, "--from", mirrorHost, "--from", forgedHost];
    const different = await sandbox.slipway(args);
    expect(different).toMatchObject({ exitCode: 65 });
    expect(different.stderr).toContain(`not the same everywhere: ${forgedHost}/example/app:1.0.0`);
    expect(different.stdout).toContain(`${here} app:`);
    expect(different.stdout).not.toContain("app.exe:");
    const { places } = JSON.parse((await sandbox.slipway([...args, "--json"])).stdout) as { places: unknown[] };
    expect(places).toHaveLength(3);
  });

  test("notices a mirror that serves other bytes under the same digest", async () => {
    await using sandbox = await openSandbox();
    await using mirror = await startTestRegistry({ faults: faultOn(/^GET .*\/blobs\//, { kind: "wrong-bytes" }) });
    const reference = await publishBoth(sandbox);
    expectSuccess(await sandbox.slipway(["copy", reference, `${mirror.server.address}/example/app`]));
    const run = await sandbox.slipway(["verify", reference, "--from", mirror.server.address]);
    expect(run).toMatchObject({ exitCode: 65, stdout: expect.stringContaining("FAILED") });
  });
});
