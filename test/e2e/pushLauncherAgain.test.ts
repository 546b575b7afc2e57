import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sampleIcon } from "../support/sampleIcon.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { writeSmallLaunchers } from "../support/smallLaunchers.ts";

const PASSPHRASE = { env: { SLIPWAY_KEY_PASSPHRASE: "correct horse battery staple" } };
const ALL = ["coded.v1+zstd", "coded.v1+br", "coded.v1+gzip", "image/png"];

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function attached(sandbox: Sandbox): Promise<Layer[]> {
  const reference = `${sandbox.repository}:launcher-1.0.0`;
  const shown = await sandbox.slipway(["manifest", reference, "--platform", "windows/amd64"]);
  expectSuccess(shown);
  const { layers } = JSON.parse(shown.stdout) as { readonly layers: readonly Layer[] };
  return layers.filter(({ annotations }) => annotations?.["org.opencontainers.image.title"] === undefined);
}

async function namesOf(sandbox: Sandbox): Promise<string[]> {
  return (await attached(sandbox)).map(({ mediaType }) => mediaType.replace("application/vnd.slipway.", ""));
}

async function push(sandbox: Sandbox, ...more: string[]) {
  sandbox.requests.length = 0;
  return await sandbox.slipway(["push", "--launcher", "--no-check", ...more], PASSPHRASE);
}

function sentBlobs({ requests }: Sandbox): string[] {
  return requests.flatMap(({ method, path }) => (method === "GET" || method === "HEAD" ? [] : [`${method} ${path}`]));
}

async function changeLauncher(sandbox: Sandbox): Promise<void> {
  await appendFile(join(sandbox.directory, "dist", "Example-App-windows-amd64.exe"), "signed again");
}

/** Settings by which launchers believe keys, and those keys. */
async function writeSignedLaunchers(sandbox: Sandbox): Promise<void> {
  await writeSmallLaunchers(sandbox);
  expectSuccess(await sandbox.slipway(["keygen"], PASSPHRASE));
  const settings = JSON.parse(await readFile(join(sandbox.directory, "installer.json"), "utf8")) as object;
  await writeSmallLaunchers(sandbox, { settings: { ...settings } });
}

describe("slipway push --launcher, again", () => {
  test("compresses nothing and sends nothing where all of it is there", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox));
    const again = await push(sandbox);
    expect(again).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining("already, unchanged") });
    expect(sentBlobs(sandbox)).toEqual([]);
  });

  test.each([["gzip"], ["none"]])("takes no coding away with --codings %s", async (codings) => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox));
    const again = await push(sandbox, "--codings", codings);
    expect(again).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining("already, unchanged") });
    expect(await namesOf(sandbox)).toEqual(ALL);
  });

  test("adds what is missing, and makes nothing else", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    const icon = await readFile(join(sandbox.directory, "icon.png"));
    await rm(join(sandbox.directory, "icon.png"));
    expectSuccess(await push(sandbox, "--codings", "gzip", "--annotation", "com.example.note=hello"));
    const [gzip] = await attached(sandbox);
    await writeFile(join(sandbox.directory, "icon.png"), icon);
    const added = await push(sandbox);
    expect(added).toMatchObject({
      exitCode: 0,
      stderr: "compressing for browsers: zstd, br\n",
      stdout: expect.stringContaining("replaced "),
    });
    expect(await namesOf(sandbox)).toEqual(ALL);
    expect((await attached(sandbox))[2]).toEqual(gzip);
    expect(sandbox.requests.filter(({ method, path }) => method === "GET" && path.includes("/blobs/"))).toEqual([]);
    const index = await sandbox.slipway(["manifest", `${sandbox.repository}:launcher-1.0.0`]);
    expect(index.stdout).toContain('"com.example.note":"hello"');
  });

  test("replaces an icon by a new one, and keeps it where there is none now", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox));
    const before = await attached(sandbox);
    await writeFile(join(sandbox.directory, "icon.png"), sampleIcon(32));
    expect(await push(sandbox)).toMatchObject({
      exitCode: 0,
      stderr: "",
      stdout: expect.stringContaining("replaced "),
    });
    const after = await attached(sandbox);
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after.slice(3)).not.toEqual(before.slice(3));
    await rm(join(sandbox.directory, "icon.png"));
    expect((await push(sandbox)).stdout).toContain("already, unchanged");
    expect(await attached(sandbox)).toEqual(after);
  });

  test("refuses other files before it compresses any, unless it is forced", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox));
    await changeLauncher(sandbox);
    const refused = await push(sandbox);
    expect(refused).toMatchObject({ exitCode: 73, stderr: expect.stringContaining("exists with other content") });
    expect(refused.stderr).not.toContain("compressing");
    expect(sentBlobs(sandbox)).toEqual([]);
    const forced = await push(sandbox, "--force", "--codings", "gzip");
    expect(forced).toMatchObject({ exitCode: 0, stderr: "compressing for browsers: gzip\n" });
    expect(await namesOf(sandbox)).toEqual(["coded.v1+gzip", "image/png"]);
  });

  test("refuses fewer platforms than are published", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox));
    const one = await push(sandbox, "linux/amd64=dist/Example-App-linux-amd64");
    expect(one).toMatchObject({ exitCode: 73, stderr: expect.stringContaining("exists with other content") });
  });
});

describe("slipway push --launcher over a signature", () => {
  test("adds nothing without a key, and everything with it", async () => {
    await using sandbox = await openSandbox();
    await writeSignedLaunchers(sandbox);
    expectSuccess(await push(sandbox, "--codings", "gzip", "--sign-key", "slipway.key"));
    const refused = await push(sandbox);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--sign-key FILE") });
    expect(refused.stderr).not.toContain("compressing");
    expect(sentBlobs(sandbox)).toEqual([]);
    // Nothing is added here.
    expect(await push(sandbox, "--codings", "gzip")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("already, unchanged"),
    });
    const added = await push(sandbox, "--sign-key", "slipway.key");
    expect(added).toMatchObject({ exitCode: 0, stderr: "compressing for browsers: zstd, br\n" });
    const verified = await sandbox.slipway(["verify", `${sandbox.repository}:launcher-1.0.0`, "--key", "slipway.pub"]);
    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("signed by") });
  });

  test("makes anew what it is to sign and nobody has signed", async () => {
    await using sandbox = await openSandbox();
    await writeSignedLaunchers(sandbox);
    expectSuccess(await push(sandbox, "--codings", "gzip"));
    const signed = await push(sandbox, "--codings", "none", "--sign-key", "slipway.key");
    expect(signed).toMatchObject({ exitCode: 0, stderr: "compressing for browsers: gzip\n" });
    expect(await namesOf(sandbox)).toEqual(["coded.v1+gzip", "image/png"]);
    const again = await push(sandbox, "--codings", "gzip", "--sign-key", "slipway.key");
    expect(again).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining("already, unchanged") });
  });
});

describe("slipway push --launcher --if-new", () => {
  test("publishes a version that is not there", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expect((await push(sandbox, "--if-new")).stdout).toContain("pushed ");
    expect(await namesOf(sandbox)).toEqual(ALL);
  });

  test("leaves one with other files as it is, and says what to do", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox));
    const before = await sandbox.slipway(["manifest", `${sandbox.repository}:launcher-1.0.0`]);
    await changeLauncher(sandbox);
    const kept = await push(sandbox, "--if-new");
    expect(kept).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("stays as it is"),
      stderr:
        "launcher-1.0.0 is published already, with other files: left as it is; raise launcherVersion in installer.json to publish these\n",
    });
    expect(sentBlobs(sandbox)).toEqual([]);
    const { stdout } = await push(sandbox, "--if-new", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ result: "kept", sent: 0, platforms: [] });
    expect(await sandbox.slipway(["manifest", `${sandbox.repository}:launcher-1.0.0`])).toEqual(before);
  });

  test("adds what is missing to the same files", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await push(sandbox, "--codings", "none"));
    expect((await push(sandbox, "--if-new")).stdout).toContain("replaced ");
    expect(await namesOf(sandbox)).toEqual(ALL);
  });

  test.each([
    [["push", "--launcher", "--if-new", "--force"], "--if-new replaces nothing"],
    [["push", "1.0.0", "linux/amd64=installer.json", "--if-new"], "--if-new is for --launcher"],
  ])("refuses %j", async (args, message) => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expect(await sandbox.slipway(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  });
});
