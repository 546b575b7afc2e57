import type { ServerResponse } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { json, startScriptedServer } from "../support/scriptedServer.ts";

async function pushBoth(sandbox: Sandbox, reference: string, ...more: readonly string[]): Promise<void> {
  await writeFile(join(sandbox.directory, "app"), "unix program\n");
  await writeFile(join(sandbox.directory, "it's app.exe"), "windows program\n");
  const platforms = ["linux/amd64=app", "windows/amd64=it's app.exe"];
  expectSuccess(await sandbox.slipway(["push", reference, ...platforms, ...more]));
}

/** The lines for a shell that link prints. */
function commandsOf(stdout: string): string[] {
  return stdout.split("\n").flatMap((line) => (line.startsWith("  curl ") ? [line.trim()] : []));
}

async function forward(url: string, response: ServerResponse): Promise<void> {
  const answer = await fetch(url);
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(body);
}

describe.runIf(hasProgram("curl"))("slipway link", () => {
  test("prints lines that download and check each platform's file", async () => {
    await using sandbox = await openSandbox();
    const reference = `${sandbox.repository}:1.0.0`;
    await pushBoth(sandbox, reference, "--compression", "none");
    const { exitCode, stdout, stderr } = await sandbox.slipway(["link", reference]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.match(/works for anybody/g)).toHaveLength(2);
    expect(stdout).toContain("linux/amd64  app  13 B");
    const commands = commandsOf(stdout);
    expect(commands).toHaveLength(2);
    const folder = join(sandbox.directory, "home");
    for (const command of commands) {
      const done = await run("sh", ["-c", command], { cwd: folder, env: process.env });
      expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(": OK") });
    }
    expect(await readFile(join(folder, "app"), "utf8")).toBe("unix program\n");
    expect(await readFile(join(folder, "it's app.exe"), "utf8")).toBe("windows program\n");
    const { files } = JSON.parse((await sandbox.slipway(["link", reference, "--json"])).stdout) as { files: unknown[] };
    expect(files).toMatchObject([
      { platform: "linux/amd64", stranger: "open", size: 13 },
      { platform: "windows/amd64" },
    ]);
  });

  test("says what a compressed file unpacks to", async () => {
    await using sandbox = await openSandbox();
    await pushBoth(sandbox, `${sandbox.repository}:1.0.0`);
    const { stdout } = await sandbox.slipway(["link", `${sandbox.repository}:1.0.0`]);
    expect(stdout).toContain("app.zst");
    expect(stdout).toContain("zstd compressed; the file itself has sha256 ");
  });

  test.runIf(hasProgram("docker-registry") && hasProgram("htpasswd"))(
    "tells the publisher, who is logged in, that strangers are not let in",
    async () => {
      await using sandbox = await openSandbox();
      await using registry = await startDockerRegistry({ kind: "htpasswd", username: "me", password: "secret" });
      const reference = `${registry.address}/example/app:1.0.0`;
      const login = ["login", registry.address, "-u", "me", "--password-stdin"];
      expectSuccess(await sandbox.slipway(login, { input: "secret" }));
      await pushBoth(sandbox, reference);
      const { exitCode, stdout, stderr } = await sandbox.slipway(["link", reference]);
      expect(exitCode).toBe(77);
      expect(stdout).toContain(`does not work for strangers: ${registry.address} answered 401`);
      expect(commandsOf(stdout)).toEqual([]);
      expect(stderr).toContain("2 of 2 files cannot be downloaded by a stranger");
      expect(stderr).toMatch(/make .* public/);
    },
  );

  test("gives a line that fetches the token where a plain link is not enough", async () => {
    await using sandbox = await openSandbox();
    await pushBoth(sandbox, `${sandbox.repository}:1.0.0`, "--compression", "none");
    const origin = `http://${sandbox.repository.split("/")[0]}`;
    // As GHCR and Docker Hub do: anybody gets a token, and nobody gets anything without.
    await using tokens = await startScriptedServer(() => json({ token: "for-anybody", expires_in: 300 }));
    await using front = await startScriptedServer((request, url) => {
      const challenge = `Bearer realm="http://${tokens.address}/token",service="test",scope="repository:example/app:pull"`;
      if (request.headers.authorization !== "Bearer for-anybody")
        return { status: 401, headers: { "www-authenticate": challenge } };
      return (response) => void forward(`${origin}${url.pathname}`, response);
    });
    const { exitCode, stdout } = await sandbox.slipway(["link", `${front.address}/example/app:1.0.0`]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("is public, but not as a plain link");
    const [command = ""] = commandsOf(stdout);
    const downloaded = await run("sh", ["-c", command], { cwd: join(sandbox.directory, "home"), env: process.env });
    expect(downloaded).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("app: OK") });
  });
});
