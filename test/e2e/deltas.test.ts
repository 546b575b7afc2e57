import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { noise } from "../support/bytes.ts";
import { largeScript } from "../support/largeScript.ts";
import { buildSigned, openPublisher } from "../support/publisher.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const HERE = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

async function publish(sandbox: Sandbox, versions: readonly string[], args: readonly string[] = []): Promise<void> {
  for (const version of versions) await sandbox.publish(version, largeScript(version), undefined, args);
}

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function layersOf(sandbox: Sandbox, version: string): Promise<Layer[]> {
  const { stdout } = await sandbox.slipway(["manifest", `${sandbox.repository}:${version}`, "--platform", HERE]);
  return (JSON.parse(stdout) as { layers: Layer[] }).layers;
}

async function deltasOf(sandbox: Sandbox, version: string): Promise<Layer[]> {
  return (await layersOf(sandbox, version)).filter(({ annotations }) => annotations?.["vnd.slipway.delta.from"]);
}

const versionsOf = (deltas: readonly Layer[]) =>
  deltas.map(({ annotations }) => annotations?.["vnd.slipway.delta.version"]);

/** What a launcher asks for, without the registry's name. */
function asked(sandbox: Sandbox): string[] {
  return sandbox.requests.map(({ method, path }) => `${method} ${path.replace("/v2/example/app/", "")}`);
}

describe("an update of a launcher", () => {
  test("asks for the tags, the index, the manifest and a delta, and for nothing else", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    await publish(sandbox, ["1.1.0"]);
    const [file, delta] = await layersOf(sandbox, "1.1.0");
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(asked(sandbox)).toEqual([
      expect.stringMatching(/^GET tags\/list/),
      "GET manifests/1.1.0",
      expect.stringMatching(/^GET manifests\/sha256:/),
      `GET blobs/${delta?.digest}`,
    ]);
    expect(sandbox.requests.at(-1)?.bytes).toBe(delta?.size);
    expect(delta?.size).toBeLessThan((file?.size ?? 0) / 10);
    const log = await readFile(join(sandbox.data, "log", "launcher.jsonl"), "utf8");
    expect(log).toContain('"event":"delta"');
    expect(await readdir(join(sandbox.data, "blobs", "sha256"))).toEqual([]);
  });

  test("may pass over a release, and keeps one version only", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    await sandbox.build({ keepVersions: 1 });
    await sandbox.launch();
    await publish(sandbox, ["1.1.0", "1.2.0"]);
    const fromOldest = (await deltasOf(sandbox, "1.2.0")).at(-1);
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.2.0\n" });
    expect(asked(sandbox).at(-1)).toBe(`GET blobs/${fromOldest?.digest}`);
  });

  test("fetches the whole file within the same start where the delta cannot be had", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    await publish(sandbox, ["1.1.0"]);
    const [file, delta] = await layersOf(sandbox, "1.1.0");
    sandbox.setFaults(faultOn(new RegExp(`blobs/${delta?.digest}`), { kind: "status", status: 404 }));
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(asked(sandbox)).toContain(`GET blobs/${file?.digest}`);
  });

  test("fetches the whole file where somebody has changed the old one", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    const versions = join(sandbox.data, "versions");
    const directory = (await readdir(versions)).find((name) => !name.includes(".", 6)) ?? "";
    const old = join(versions, directory, "app");
    const text = await readFile(old, "latin1");
    await writeFile(old, `${text.slice(0, -2)}#\n`, "latin1");
    await publish(sandbox, ["1.1.0"]);
    const [file] = await layersOf(sandbox, "1.1.0");
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(asked(sandbox).at(-1)).toBe(`GET blobs/${file?.digest}`);
  });

  test("takes a delta from a mirror too", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    await sandbox.build();
    await sandbox.launch();
    await publish(sandbox, ["1.1.0"]);
    await using mirror = await openSandbox();
    expectSuccess(await sandbox.slipway(["copy", `${sandbox.repository}:1.1.0`, `${mirror.repository}:1.1.0`]));
    const [delta] = await deltasOf(sandbox, "1.1.0");
    mirror.requests.length = 0;
    const env = { SLIPWAY_MIRROR: mirror.repository };
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
    expect(asked(mirror).at(-1)).toBe(`GET blobs/${delta?.digest}`);
  });

  test("takes deltas of folders, and asks for nothing that every version has", async () => {
    await using sandbox = await openSandbox();
    const push = async (version: string, text: string) => {
      const program = join(sandbox.directory, "out", "app");
      execFileSync("mkdir", ["-p", dirname(program), join(sandbox.directory, "model")]);
      await writeFile(program, `#!/bin/sh\ncat "$(dirname "$0")/text"; ls "$(dirname "$0")/model"\n`, { mode: 0o755 });
      await writeFile(join(sandbox.directory, "out", "big"), noise(50_000, "big"));
      await writeFile(join(sandbox.directory, "out", "text"), text);
      await writeFile(join(sandbox.directory, "model", "weights"), noise(50_000, "weights"));
      const args = ["push", `${sandbox.repository}:${version}`, `${HERE}=out`, "--include", "model", "--no-check"];
      expectSuccess(await sandbox.slipway([...args, "--entrypoint", "app"]));
    };
    await push("1.0.0", "one\n");
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\nweights\n" });
    await push("1.1.0", "two\n");
    const [delta, ...others] = await deltasOf(sandbox, "1.1.0");
    expect(others).toEqual([]);
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\nweights\n" });
    expect(asked(sandbox).filter((line) => line.includes("blobs"))).toEqual([`GET blobs/${delta?.digest}`]);
  });
});

describe("slipway push", () => {
  test("makes deltas from three releases before, and says what they weigh, as inspect and doctor do", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0", "1.1.0", "1.2.0", "1.3.0-rc.1"]);
    await writeFile(join(sandbox.directory, "app"), `#!/bin/sh\n${largeScript("1.3.0")}\n`, { mode: 0o755 });
    const pushed = await sandbox.slipway(["push", `${sandbox.repository}:1.3.0`, `${HERE}=app`, "--no-check"]);
    expect(pushed).toMatchObject({ exitCode: 0, stderr: "" });
    const said = /deltas from 1\.2\.0 \([\d.]+ k?B\), 1\.1\.0 \([\d.]+ k?B\), 1\.0\.0 \([\d.]+ k?B\)\n/;
    expect(pushed.stdout).toMatch(said);
    expect((await sandbox.slipway(["inspect", `${sandbox.repository}:1.3.0`])).stdout).toMatch(said);
    const doctor = await sandbox.slipway(["doctor", `${sandbox.repository}:1.3.0`]);
    expect(doctor.stdout).toMatch(/an update from 1\.2\.0 is [\d.]+ k?B at most, instead of 6\d\.\d kB/);
    expectSuccess(await sandbox.slipway(["pull", `${sandbox.repository}:1.3.0`, "--platform", HERE, "-o", "there"]));
    expect(await readdir(join(sandbox.directory, "there"))).toEqual(["app"]);
  });

  test("makes as many as it is told to, also none, and from pre-releases for one", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0", "1.1.0-rc.1"]);
    await publish(sandbox, ["1.1.0-rc.2"]);
    expect(versionsOf(await deltasOf(sandbox, "1.1.0-rc.2"))).toEqual(["1.1.0-rc.1", "1.0.0"]);
    await publish(sandbox, ["1.1.0"], ["--deltas", "1"]);
    expect(versionsOf(await deltasOf(sandbox, "1.1.0"))).toEqual(["1.0.0"]);
    await publish(sandbox, ["1.2.0"], ["--deltas", "0"]);
    expect(await deltasOf(sandbox, "1.2.0")).toEqual([]);
    const wrong = await sandbox.slipway(["push", `${sandbox.repository}:1.3.0`, `${HERE}=app`, "--deltas", "some"]);
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--deltas wants a number from 0") });
  });

  test("of the same files is the same release, whatever was published in between", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0", "1.2.0"]);
    const before = await deltasOf(sandbox, "1.2.0");
    await publish(sandbox, ["1.1.0"]);
    await publish(sandbox, ["1.2.0"]);
    await publish(sandbox, ["1.2.0"], ["--deltas", "0"]);
    expect(await deltasOf(sandbox, "1.2.0")).toEqual(before);
    await publish(sandbox, ["1.2.0"], ["--force"]);
    expect(versionsOf(await deltasOf(sandbox, "1.2.0"))).toEqual(["1.1.0", "1.0.0"]);
  });

  test("does not call it other content where it may not look at what is published", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0", "1.1.0"]);
    sandbox.setFaults(faultOn(/GET .*manifests\/sha256/, { kind: "status", status: 403 }));
    await expect(publish(sandbox, ["1.1.0"])).rejects.toThrow("answered 403");
  });

  test("makes no delta for other files of a version that is published", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0", "1.1.0"]);
    sandbox.requests.length = 0;
    await expect(sandbox.publish("1.1.0", largeScript("another"))).rejects.toThrow("other content");
    expect(asked(sandbox).filter((line) => line.startsWith("GET blobs"))).toEqual([]);
  });

  test("passes over what cannot be read and what lacks the platform, with a note for each", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    await sandbox.publish("1.1.0", largeScript("1.1.0"), "darwin/arm64");
    await publish(sandbox, ["1.2.0"]);
    const [{ digest } = { digest: "" }] = await layersOf(sandbox, "1.2.0");
    sandbox.setFaults(faultOn(new RegExp(`GET .*blobs/${digest}`), { kind: "status", status: 404 }));
    await writeFile(join(sandbox.directory, "app"), `#!/bin/sh\n${largeScript("1.3.0")}\n`, { mode: 0o755 });
    const pushed = await sandbox.slipway(["push", `${sandbox.repository}:1.3.0`, `${HERE}=app`, "--no-check"]);
    expect(pushed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("deltas from 1.0.0 (") });
    expect(pushed.stderr.trim().split("\n")).toEqual([
      `note: no delta from 1.1.0 for ${HERE}: it has none`,
      expect.stringContaining("note: no delta of app from 1.2.0: "),
    ]);
  });

  test("publishes all the same where the tags cannot be listed", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox, ["1.0.0"]);
    sandbox.setFaults(faultOn(/tags\/list/, { kind: "status", status: 403 }));
    await writeFile(join(sandbox.directory, "app"), `#!/bin/sh\n${largeScript("1.1.0")}\n`, { mode: 0o755 });
    const pushed = await sandbox.slipway(["push", `${sandbox.repository}:1.1.0`, `${HERE}=app`, "--no-check"]);
    expect(pushed).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^note: no deltas: the registry does not say what is published \(.*\)\n$/),
    });
  });

  test("shares a delta of what every platform gets, also for registries that know no artifact types", async () => {
    await using sandbox = await openSandbox();
    const push = async (version: string, change: string) => {
      const model = noise(50_000, "model");
      model.write(change, 1000);
      await writeFile(join(sandbox.directory, "model"), model);
      await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho app\n", { mode: 0o755 });
      const args = [
        "push",
        `${sandbox.repository}:${version}`,
        `${HERE}=app`,
        "darwin/amd64=app",
        "--include",
        "model",
      ];
      expectSuccess(await sandbox.slipway([...args, "--no-check", "--compat"]));
    };
    await push("1.0.0", "one");
    await sandbox.build();
    await sandbox.launch();
    await push("1.1.0", "two");
    const [delta] = await deltasOf(sandbox, "1.1.0");
    const mac = await sandbox.slipway(["manifest", `${sandbox.repository}:1.1.0`, "--platform", "darwin/amd64"]);
    expect(mac.stdout).toContain(delta?.digest);
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "app\n" });
    expect(asked(sandbox).filter((line) => line.includes("blobs"))).toEqual([`GET blobs/${delta?.digest}`]);
  });
});

test("deltas are signed along with the release, and signing it again changes nothing", async () => {
  await using sandbox = await openPublisher();
  const key = ["--sign-key", "slipway.key"];
  await publish(sandbox, ["1.0.0"], key);
  await buildSigned(sandbox);
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
  await publish(sandbox, ["1.1.0"], key);
  const before = await layersOf(sandbox, "1.1.0");
  await publish(sandbox, ["1.0.5"], key);
  await publish(sandbox, ["1.1.0"], key);
  expect(await layersOf(sandbox, "1.1.0")).toEqual(before);
  sandbox.requests.length = 0;
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "1.1.0\n" });
  expect(asked(sandbox).at(-1)).toBe(`GET blobs/${before[1]?.digest}`);
});
