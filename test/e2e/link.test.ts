import type { ServerResponse } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pushFiles, withStorage } from "../support/diagnose.ts";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { photograph, readQrCodes } from "../support/qrReader.ts";
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

/** A launcher for two platforms, as `slipway push --launcher` publishes it. */
async function pushLaunchers(sandbox: Sandbox): Promise<void> {
  await withStorage(sandbox, async (storage) => {
    await pushFiles(storage, { tag: "launcher-1.0.0", version: "1.0.0", platforms: ["linux/amd64", "windows/amd64"] });
  });
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

describe("slipway link without a tag", () => {
  test("gives the newest launcher, and says so", async () => {
    await using sandbox = await openSandbox();
    await pushBoth(sandbox, `${sandbox.repository}:2.0.0`);
    await pushLaunchers(sandbox);
    const { exitCode, stdout, stderr } = await sandbox.slipway(["link", sandbox.repository]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "launcher-1.0.0 is the newest launcher\n" });
    expect(stdout).toContain("windows/amd64  app.exe");
  });

  test("gives the newest version where there is no launcher, of the repository in installer.json", async () => {
    await using sandbox = await openSandbox();
    await pushBoth(sandbox, `${sandbox.repository}:1.9.0`);
    await pushBoth(sandbox, `${sandbox.repository}:1.10.0`);
    const installer = { id: "com.example.app", name: "app", repository: sandbox.repository };
    await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
    const { exitCode, stdout, stderr } = await sandbox.slipway(["link", "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "1.10.0 is the newest version\n" });
    expect(JSON.parse(stdout)).toMatchObject({ reference: `${sandbox.repository}:1.10.0` });
  });
});

describe("pictures of slipway link", () => {
  test.runIf(hasProgram("zbarimg"))("are a QR code below each address that works for anybody", async () => {
    await using sandbox = await openSandbox();
    const reference = `${sandbox.repository}:1.0.0`;
    await pushBoth(sandbox, reference, "--compression", "none");
    const { stdout } = await sandbox.slipway(["link", reference, "--qr"]);
    const urls = stdout.match(/^ {2}http:.*$/gm)?.map((line) => line.trim());
    expect(urls).toHaveLength(2);
    const drawn = stdout.split("\n").filter((line) => /^[ \u2580\u2584\u2588]*$/.test(line));
    const read = await readQrCodes(photograph(drawn.join("\n"), { foreground: 0, background: 255 }));
    expect(read.sort()).toEqual(urls?.sort());
  });

  test.runIf(hasProgram("zbarimg"))("are a file for a poster", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), "program");
    const reference = `${sandbox.repository}:1.0.0`;
    expectSuccess(await sandbox.slipway(["push", reference, "linux/amd64=app", "--no-check"]));
    const { stderr, stdout } = await sandbox.slipway(["link", reference, "--qr-file", "code.png", "--json"]);
    expect(stderr).toBe("wrote code.png\n");
    const { files } = JSON.parse(stdout) as { files: { url: string }[] };
    expect(await readQrCodes(await readFile(join(sandbox.directory, "code.png")))).toEqual([files[0]?.url]);
  });

  test("are refused where it is not clear of what, or in what form", async () => {
    await using sandbox = await openSandbox();
    const reference = `${sandbox.repository}:1.0.0`;
    await pushBoth(sandbox, reference);
    const several = await sandbox.slipway(["link", reference, "--qr-file", "code.svg"]);
    expect(several).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("2 work for anybody") });
    const gif = await sandbox.slipway(["link", reference, "--qr-file", "code.gif"]);
    expect(gif).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(".svg or .png") });
    const badge = await sandbox.slipway(["link", reference, "--badge", "badge.png"]);
    expect(badge).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining("ends in .svg") });
    const both = await sandbox.slipway(["link", reference, "--qr", "--json"]);
    expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--qr-file FILE.svg") });
  });

  test("are a badge with the version that is newest, whatever is linked", async () => {
    await using sandbox = await openSandbox();
    await pushBoth(sandbox, `${sandbox.repository}:2.1.0`);
    await pushLaunchers(sandbox);
    expectSuccess(await sandbox.slipway(["link", sandbox.repository, "--badge", "badge.svg"]));
    const badge = await readFile(join(sandbox.directory, "badge.svg"), "utf8");
    expect(badge).toMatch(/^<svg /);
    expect(badge).toContain("2.1.0");
  });
});
