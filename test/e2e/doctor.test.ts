import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT_CODES } from "../../src/errors.ts";
import { TITLE } from "../../src/oci/annotations.ts";
import { contentOf, type TaggedStorage } from "../../src/oci/storage.ts";
import { openRegistry } from "../../src/registry/client.ts";
import { composeIndex, composePlatformManifest } from "../../src/release/compose.ts";
import { faultOn } from "../../src/server/registry/faults.ts";
import { openMemoryRegistry } from "../../src/server/registry/memory.ts";
import { startRegistry } from "../../src/server/registry/server.ts";
import { blobOf, noise } from "../support/bytes.ts";
import { COMPANY_HOST, openCompany } from "../support/company.ts";
import { hasProgram } from "../support/peer.ts";
import { startProxy } from "../support/proxy.ts";
import { sampleElf } from "../support/sampleElf.ts";
import { sampleMachO } from "../support/sampleMachO.ts";
import { samplePe } from "../support/samplePe.ts";
import { SAMPLE_PROGRAMS } from "../support/sampleProgram.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { openAttacked } from "../support/attacker.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

interface Diagnosis {
  readonly exitCode: number | null;
  readonly reference: string;
  readonly checks: readonly Check[];
  readonly stderr: string;
  find(name: string): Check | undefined;
  /** Every check that is neither in order nor skipped, by name and status. */
  readonly wrong: readonly string[];
}

async function diagnose(sandbox: Sandbox, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Diagnosis> {
  const { exitCode, stdout, stderr } = await sandbox.slipway(["doctor", ...args, "--json"], { env });
  const { reference, checks } = JSON.parse(stdout) as Pick<Diagnosis, "reference" | "checks">;
  return {
    exitCode,
    reference,
    checks,
    stderr,
    find: (name) => checks.find((check) => check.name === name),
    wrong: checks.flatMap(({ name, status }) => (["failed", "warning"].includes(status) ? [`${name} ${status}`] : [])),
  };
}

/** Pushes a version for these platforms; a program is one of the platform's own unless given. */
async function push(
  sandbox: Sandbox,
  version: string,
  programs: Readonly<Record<string, Buffer | undefined>>,
  { repository = sandbox.repository, name }: { readonly repository?: string; readonly name?: string } = {},
): Promise<void> {
  const platforms: string[] = [];
  for (const [platform, program] of Object.entries(programs)) {
    const file = name ?? (platform.startsWith("windows") ? "app.exe" : "app");
    const path = join(sandbox.directory, "out", version, platform.replace("/", "-"), file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, program ?? SAMPLE_PROGRAMS[platform]?.() ?? "", { mode: 0o755 });
    platforms.push(`${platform}=${path}`);
  }
  expectSuccess(
    await sandbox.slipway(["push", `${repository}:${version}`, ...platforms, "--compression", "none", "--no-check"]),
  );
}

const EVERYWHERE = Object.fromEntries(Object.keys(SAMPLE_PROGRAMS).map((platform) => [platform, undefined]));
const LINUX = { "linux/amd64": undefined };

/** The repository, for whoever plants a fault in it. */
async function withStorage(sandbox: Sandbox, act: (storage: TaggedStorage) => Promise<void>): Promise<void> {
  await using registry = openRegistry({ userAgent: "test" });
  const [host = "", ...name] = sandbox.repository.split("/");
  await act(registry.repository({ host, name: name.join("/") }));
}

/** Publishes what passes for launchers, one for each platform. */
async function pushLaunchers(sandbox: Sandbox, platforms: readonly string[]): Promise<void> {
  await withStorage(sandbox, async (storage) => {
    await pushFiles(storage, { tag: "launcher-1.0.0", version: "1.0.0", platforms });
  });
}

interface FilesOptions {
  readonly tag: string;
  readonly version: string;
  readonly platforms: readonly string[];
}

async function pushFiles(storage: TaggedStorage, { tag, version, platforms }: FilesOptions): Promise<void> {
  const manifests = [];
  for (const [position, name] of platforms.entries()) {
    const [os = "", architecture = ""] = name.split("/");
    const bytes = Buffer.concat([SAMPLE_PROGRAMS[name]?.() ?? noise(100), noise(8, String(position))]);
    const layer = { ...blobOf(bytes), annotations: { [TITLE]: os === "windows" ? "app.exe" : "app" } };
    const manifest = composePlatformManifest({ platform: { os, architecture }, layers: [layer], compat: false });
    await storage.push(layer, contentOf(bytes));
    await storage.push(manifest.config.descriptor, contentOf(manifest.config.bytes));
    await storage.push(manifest.descriptor, contentOf(manifest.bytes));
    manifests.push({ descriptor: manifest.descriptor, platform: { os, architecture } });
  }
  const index = composeIndex({ manifests, title: "app", version });
  await storage.push(index.descriptor, contentOf(index.bytes), { tag });
}

describe("slipway doctor finds nothing wrong", () => {
  test("with a release that is as it should be, and fetches each file", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", EVERYWHERE);
    await pushLaunchers(sandbox, Object.keys(EVERYWHERE));
    const found = await diagnose(sandbox, [sandbox.repository]);
    expect(found).toMatchObject({ exitCode: 0, reference: `${sandbox.repository}:1.0.0`, wrong: [], stderr: "" });
    expect(found.checks.filter(({ name }) => name.startsWith("program "))).toHaveLength(5);
    expect(found.checks.filter(({ name }) => name.startsWith("signed "))).toHaveLength(2);
    expect(found.find("program windows/amd64")).toMatchObject({
      status: "ok",
      detail: "app.exe is a Windows program for amd64",
    });
    const { exitCode, stdout } = await sandbox.slipway(["doctor", `${sandbox.repository}:1.0.0`]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ok {7}registry /);
    expect(stdout).toContain("a stranger's computer gets it");
  });

  test("and says by whom it is signed, or that it is not by whom installer.json trusts", async () => {
    await using attacked = await openAttacked();
    const { sandbox } = attacked;
    await attacked.publish("1.0.0", "one");
    expect((await diagnose(sandbox, [])).find("signatures")).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/^signed by [0-9a-f]{12}, whom installer\.json trusts$/),
    });

    await sandbox.publish("1.1.0", "echo two");
    expect((await diagnose(sandbox, [])).find("signatures")).toMatchObject({
      status: "failed",
      fix: expect.stringContaining("slipway sign"),
    });
  });

  test("and takes name, version and trust from installer.json when it is told nothing else", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", LINUX);
    await push(sandbox, "2.0.0", LINUX);
    await pushLaunchers(sandbox, ["linux/amd64"]);
    const installer = { id: "com.example.app", name: "app", repository: sandbox.repository, version: "^1" };
    await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
    const found = await diagnose(sandbox, []);
    expect(found).toMatchObject({ exitCode: 0, reference: `${sandbox.repository}:1.0.0`, wrong: [] });
    expect(found.find("signatures")).toMatchObject({
      status: "ok",
      detail: expect.stringContaining("slipway keygen"),
    });
  });

  test("without fetching programs when it is to be quick", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { "darwin/arm64": undefined });
    sandbox.requests.length = 0;
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`, "--quick"]);
    expect(found.find("program darwin/arm64")).toMatchObject({ status: "skipped" });
    expect(found.find("signed darwin/arm64")).toMatchObject({ status: "skipped" });
    expect(sandbox.requests.filter(({ path, status }) => path.includes("/blobs/") && status === 200)).toEqual([]);
  });
});

describe("slipway doctor finds, and says how to mend", () => {
  test("1: a registry that is not there", async () => {
    await using sandbox = await openSandbox();
    await sandbox.stopRegistry();
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found).toMatchObject({ exitCode: EXIT_CODES.unavailable, wrong: ["registry failed"] });
    expect(found.find("registry")?.fix).toMatch(/./);
    expect(found.find("tags")).toMatchObject({ status: "skipped" });
  });

  test("2: a package that is private, and which the publisher's own login gets", async () => {
    await using sandbox = await openSandbox();
    const login = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    await using registry = await startRegistry({
      storage: openMemoryRegistry(),
      authenticate: ({ authorization }) => (authorization === login ? undefined : 'Basic realm="test"'),
    });
    const repository = `${registry.address}/example/app`;
    expectSuccess(
      await sandbox.slipway(["login", registry.address, "-u", "me", "--password-stdin"], { input: "secret" }),
    );
    await push(sandbox, "1.0.0", LINUX, { repository });
    const found = await diagnose(sandbox, [`${repository}:1.0.0`]);
    expect(found).toMatchObject({ exitCode: EXIT_CODES["not-allowed"], wrong: ["anonymous failed"] });
    expect(found.find("anonymous")).toMatchObject({
      detail: expect.stringContaining("private: your own login gets it"),
      fix: expect.stringMatching(/^Make .* public/),
    });
    expect(found.find("content")).toMatchObject({ status: "skipped" });
  });

  test("3: a version that is not there", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", LINUX);
    await pushLaunchers(sandbox, ["linux/amd64"]);
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.1`]);
    expect(found).toMatchObject({ exitCode: EXIT_CODES["not-found"], wrong: ["tags failed"] });
    expect(found.find("tags")).toMatchObject({
      detail: expect.stringContaining("there is no tag 1.0.1"),
      fix: expect.stringContaining("slipway push"),
    });
    expect(found.find("launchers")).toMatchObject({ status: "ok" });
  });

  test("4: a tag that no launcher takes", async () => {
    await using sandbox = await openSandbox();
    await withStorage(sandbox, async (storage) => {
      await pushFiles(storage, { tag: "stable", version: "1.0.0", platforms: ["linux/amd64"] });
    });
    const found = await diagnose(sandbox, [`${sandbox.repository}:stable`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find("tags")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("stable is no version"),
      fix: expect.stringContaining("SemVer"),
    });
  });

  test("5: a version that launchers pass over, for a newer one or because it is a pre-release", async () => {
    await using sandbox = await openSandbox();
    for (const version of ["1.0.0", "1.1.0", "2.0.0-beta.1"]) await push(sandbox, version, LINUX);
    const older = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(older.exitCode).toBe(0);
    expect(older.find("tags")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("launchers take 1.1.0"),
      fix: expect.stringContaining("higher version"),
    });
    const beta = await diagnose(sandbox, [`${sandbox.repository}:2.0.0-beta.1`]);
    expect(beta.find("tags")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("a pre-release: launchers take 1.1.0"),
      fix: expect.stringContaining('"channel": "beta"'),
    });
  });

  test("6: a platform's manifest that the registry has lost", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "windows/amd64": undefined });
    sandbox.setFaults(faultOn(/manifests\/sha256:/, { kind: "status", status: 404 }, 1));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["not-found"]);
    expect(found.find("index")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("the manifest for linux/amd64 cannot be fetched"),
      fix: expect.stringContaining("Push it again"),
    });
    expect(found.find("program windows/amd64")).toMatchObject({ status: "ok" });
  });

  test("7: a file that the registry has lost", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "windows/amd64": undefined });
    const digest = blobOf(samplePe()).digest;
    sandbox.setFaults(faultOn(new RegExp(`blobs/${digest}`), { kind: "status", status: 404 }));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["not-found"]);
    expect(found.find("content")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("windows/amd64: "),
      fix: expect.stringContaining("Push it again"),
    });
    expect(found.find("program windows/amd64")).toMatchObject({ status: "skipped" });
    expect(found.find("program linux/amd64")).toMatchObject({ status: "ok" });
  });

  test("8: a file whose bytes are others than those that were published", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", LINUX);
    const digest = blobOf(sampleElf()).digest;
    sandbox.setFaults(({ method, path, earlier }) =>
      method === "GET" && path.includes(digest) && earlier >= 3 ? { kind: "wrong-bytes" } : undefined,
    );
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find("program linux/amd64")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("wrong digest"),
      fix: expect.stringMatching(/./),
    });
  });

  test("9: a platform that the version before had, and this one has not", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "darwin/arm64": undefined });
    await push(sandbox, "1.1.0", LINUX);
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.1.0`]);
    expect(found.exitCode).toBe(0);
    expect(found.find("platforms")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("version 1.0.0 was also for darwin/arm64"),
      fix: expect.stringContaining("stays with 1.0.0"),
    });
  });

  test.each([
    ["linux/amd64", SAMPLE_PROGRAMS["linux/arm64"]?.(), "app is an ELF program for arm64, published as linux/amd64"],
    ["windows/amd64", sampleElf(), "app.exe is an ELF program for amd64, published as windows/amd64"],
    ["darwin/arm64", samplePe(), "app is a Windows program for amd64, published as darwin/arm64"],
    ["darwin/amd64", sampleMachO(), "app is a Mach-O program for arm64, published as darwin/amd64"],
    ["linux/amd64", sampleElf().subarray(0, 900), "app is damaged: it has 900 bytes"],
    ["windows/amd64", Buffer.from("#!/bin/sh\n"), "app.exe is a script, published as windows/amd64"],
  ])("10: a program of another system or processor, as %s", async (platform, program, detail) => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { [platform]: program });
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find(`program ${platform}`)).toMatchObject({
      status: "failed",
      detail: expect.stringContaining(detail),
      fix: expect.stringContaining("as a new version"),
    });
  });

  test("11: a program for Windows under a name that Windows does not start", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { "windows/amd64": undefined }, { name: "app" });
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.find("program windows/amd64")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("has no extension"),
      fix: expect.stringContaining("Name it app.exe"),
    });
  });

  test("12: a program that opens a console although installer.json says that it has windows", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { "windows/amd64": undefined });
    const installer = { id: "com.example.app", name: "app", repository: sandbox.repository, interface: "window" };
    await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.find("program windows/amd64")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("black window"),
      fix: expect.stringContaining("-H=windowsgui"),
    });
  });

  test("13: a program for arm64 Macs that nobody has signed", async () => {
    await using sandbox = await openSandbox();
    const unsigned = { "darwin/arm64": sampleMachO(), "darwin/amd64": sampleMachO({ architecture: "x86_64" }) };
    await push(sandbox, "1.0.0", unsigned);
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find("signed darwin/arm64")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("app is not signed"),
      fix: expect.stringContaining("codesign -s -"),
    });
    expect(found.find("signed darwin/amd64")).toMatchObject({ status: "warning" });
  });

  test("14: a server that gives no parts of files, and one that gives the wrong ones", async () => {
    await using sandbox = await openSandbox();
    const script = `#!/bin/sh\n${"# a line of some length\n".repeat(10)}`;
    await push(sandbox, "1.0.0", { "linux/amd64": Buffer.from(script) });
    const whole = { kind: "answer", headers: { "content-length": String(script.length) }, body: script } as const;
    sandbox.setFaults(faultOn(new RegExp(`^GET .*${blobOf(Buffer.from(script)).digest}`), whole));
    const ignored = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(ignored).toMatchObject({ exitCode: 0, wrong: ["range warning", "launchers warning"] });
    expect(ignored.find("range")).toMatchObject({
      detail: expect.stringContaining("sends the whole file"),
      fix: expect.stringContaining("begin again"),
    });
    sandbox.setFaults(faultOn(/^GET .*blobs/, { kind: "headers", headers: { "content-range": "bytes 5-20/9999" } }));
    const wrong = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`, "--quick"]);
    expect(wrong.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(wrong.find("range")).toMatchObject({ status: "failed", fix: expect.stringContaining("breaks off") });
  });

  describe.runIf(hasProgram("openssl"))("behind TLS", () => {
    test.each([
      ["from https to http", "http://storage.example/blob", "from https to http"],
      ["into somebody's own network", "https://192.168.0.1/blob", "an internal address"],
    ])("15: a redirect %s", async (_what, to, detail) => {
      await using company = await openCompany();
      await using proxy = await startProxy({ route: company.route });
      company.sandbox.setFaults(faultOn(/blobs/, { kind: "redirect", to }));
      const args = [`${COMPANY_HOST}/example/app:1.0.0`, "--proxy", proxy.address, "--ca-file", company.ca];
      const found = await diagnose(company.sandbox, args);
      expect(found.exitCode).toBe(EXIT_CODES.unavailable);
      expect(found.find("redirects")).toMatchObject({
        status: "failed",
        detail: expect.stringContaining(detail),
        fix: expect.stringContaining("public https address"),
      });
      expect(found.find("content")).toMatchObject({ status: "skipped" });
    });

    test("20: a certificate that nobody trusts", async () => {
      await using company = await openCompany();
      await using proxy = await startProxy({ route: company.route });
      const found = await diagnose(company.sandbox, [`${COMPANY_HOST}/example/app`, "--proxy", proxy.address]);
      expect(found).toMatchObject({ exitCode: EXIT_CODES.unavailable, wrong: ["registry failed"] });
      expect(found.find("registry")).toMatchObject({
        detail: expect.stringContaining("certificate is not trusted"),
        fix: expect.stringContaining("--ca-file"),
      });
    });
  });

  test("16: redirects without end", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", LINUX);
    sandbox.setFaults(faultOn(/blobs/, { kind: "redirect", to: "/v2/example/app/blobs/again" }));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES.unavailable);
    expect(found.find("redirects")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("more than 5 redirects"),
      fix: expect.stringContaining("Whoever runs the registry"),
    });
    expect(found.find("content")).toMatchObject({ status: "skipped" });
    expect(found.find("program linux/amd64")).toMatchObject({ status: "skipped" });
  });

  test("17: no launchers, and launchers for fewer platforms than the program", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "windows/amd64": undefined });
    const none = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(none.exitCode).toBe(0);
    expect(none.find("launchers")).toMatchObject({
      status: "warning",
      fix: expect.stringContaining("slipway push --launcher"),
    });
    await pushLaunchers(sandbox, ["linux/amd64"]);
    const fewer = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(fewer.find("launchers")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("none for windows/amd64"),
    });
  });

  test("18: an index that says another version, and has a platform twice", async () => {
    await using sandbox = await openSandbox();
    await withStorage(sandbox, async (storage) => {
      await pushFiles(storage, { tag: "1.0.0", version: "0.9.0", platforms: ["linux/amd64", "linux/amd64"] });
    });
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(0);
    expect(found.find("index")).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(/version 0\.9\.0.*linux\/amd64 is there more than once/),
      fix: expect.stringContaining("slipway push"),
    });
  });

  test("19: plain files where a program was meant: no choice of a platform", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), sampleElf(), { mode: 0o755 });
    expectSuccess(await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, "app"]));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.find("index")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("a single manifest"),
      fix: expect.stringMatching(/./),
    });
  });
});
