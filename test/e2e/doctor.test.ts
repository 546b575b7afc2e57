import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT_CODES } from "../../src/errors.ts";
import { faultOn } from "../../src/server/registry/faults.ts";
import { openMemoryRegistry } from "../../src/server/registry/memory.ts";
import { startRegistry } from "../../src/server/registry/server.ts";
import { openAttacked } from "../support/attacker.ts";
import { blobOf } from "../support/bytes.ts";
import { COMPANY_HOST, openCompany } from "../support/company.ts";
import { diagnose, EVERYWHERE, LINUX, push, pushFiles, pushLaunchers, withStorage } from "../support/diagnose.ts";
import { hasProgram } from "../support/peer.ts";
import { startProxy } from "../support/proxy.ts";
import { expectSuccess, openSandbox } from "../support/sandbox.ts";

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

describe("slipway doctor finds in a registry, and says how to mend", () => {
  test("a registry that is not there", async () => {
    await using sandbox = await openSandbox();
    await sandbox.stopRegistry();
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found).toMatchObject({ exitCode: EXIT_CODES.unavailable, wrong: ["registry failed"] });
    expect(found.find("registry")?.fix).toMatch(/./);
    expect(found.find("tags")).toMatchObject({ status: "skipped" });
  });

  test("a package that is private, and which the publisher's own login gets", async () => {
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

  test("a version that is not there", async () => {
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

  test("a tag that no launcher takes", async () => {
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

  test("a version that launchers pass over, for a newer one or because it is a pre-release", async () => {
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

  test("a server that gives no parts of files, and one that gives the wrong ones", async () => {
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
    ])("a redirect %s", async (_what, to, detail) => {
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

    test("a certificate that nobody trusts", async () => {
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

  test("redirects without end", async () => {
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
});
