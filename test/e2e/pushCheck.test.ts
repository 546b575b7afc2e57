import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultOn } from "../../src/server/registry/faults.ts";
import { openMemoryRegistry } from "../../src/server/registry/memory.ts";
import { startRegistry } from "../../src/server/registry/server.ts";
import { sampleElf } from "../support/sampleElf.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

async function pushElf(sandbox: Sandbox, platform: string, args: readonly string[] = []) {
  await writeFile(join(sandbox.directory, "app"), sampleElf(), { mode: 0o755 });
  return await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, `${platform}=app`, ...args]);
}

describe("after a push", () => {
  test("one line says that a stranger can fetch it, at the price of two small requests", async () => {
    await using sandbox = await openSandbox();
    const { exitCode, stdout, stderr } = await pushElf(sandbox, "linux/amd64");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/\n {2}a stranger can fetch it\n$/);
    const before = sandbox.requests.findLastIndex(({ method }) => method === "PUT");
    expect(sandbox.requests.slice(before + 1).map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "GET /v2/example/app/tags/list",
      "GET /v2/example/app/manifests/1.0.0",
    ]);
  });

  test("nothing is tried with --no-check", async () => {
    await using sandbox = await openSandbox();
    const { exitCode, stdout, stderr } = await pushElf(sandbox, "windows/amd64", ["--no-check"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).not.toContain("stranger");
    expect(sandbox.requests.at(-1)).toMatchObject({ method: "PUT" });
  });

  test("a program of another system is a warning, with what to do", async () => {
    await using sandbox = await openSandbox();
    const { exitCode, stdout, stderr } = await pushElf(sandbox, "windows/amd64");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("pushed ");
    expect(stderr).toContain("warning: windows/amd64: app is an ELF program for amd64, published as windows/amd64");
    expect(stderr).toContain("\n  Build it for windows/amd64");
    expect(stderr).toContain(`See: slipway doctor ${sandbox.repository}:1.0.0\n`);
  });

  test("JSON has it as a field, and nothing else on standard output", async () => {
    await using sandbox = await openSandbox();
    const { exitCode, stdout } = await pushElf(sandbox, "windows/amd64", ["--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      result: "pushed",
      stranger: [
        { name: "program windows/amd64", status: "failed", fix: expect.any(String) },
        { name: "stranger", status: "ok" },
      ],
    });
  });

  test("a package that is private is a warning, and the push has succeeded all the same", async () => {
    await using sandbox = await openSandbox();
    const login = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    await using registry = await startRegistry({
      storage: openMemoryRegistry(),
      authenticate: ({ authorization }) => (authorization === login ? undefined : 'Basic realm="test"'),
    });
    const reference = `${registry.address}/example/app:1.0.0`;
    expectSuccess(
      await sandbox.slipway(["login", registry.address, "-u", "me", "--password-stdin"], { input: "secret" }),
    );
    await writeFile(join(sandbox.directory, "app"), sampleElf(), { mode: 0o755 });
    const { exitCode, stderr } = await sandbox.slipway(["push", reference, "linux/amd64=app"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("warning: ");
    expect(stderr).toContain("is private: your own login gets it");
    expect(stderr).toMatch(/\n {2}Make .* public/);
    expect(stderr).toContain(`See: slipway doctor ${reference}`);
  });

  test("a registry that answers nonsense to strangers does not make it fail", async () => {
    await using sandbox = await openSandbox();
    // The push itself lists no tags of a repository that has the version already.
    expectSuccess(await pushElf(sandbox, "linux/amd64", ["--no-check"]));
    sandbox.setFaults(faultOn(/tags\/list/, { kind: "html" }));
    const { exitCode, stdout, stderr } = await pushElf(sandbox, "linux/amd64");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("unchanged");
    expect(stderr).toContain("web page");
  });
});
