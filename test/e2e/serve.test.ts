import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BROWSER, openBrowser } from "../support/browser.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { serveGateway } from "../support/servedGateway.ts";
import { writeSmallLaunchers } from "../support/smallLaunchers.ts";
import { startTokenServer } from "../support/tokenServer.ts";
import { visit, VISITORS } from "../support/visit.ts";

const LOGIN = { username: "me", password: "secret" };

/** A publisher with a login at a registry that gives strangers nothing, and what they have published there. */
async function openPrivate(realm: { realm: string; certificate: string }) {
  const sandbox = await openSandbox();
  const registry = await startDockerRegistry({ kind: "token", ...realm });
  const repository = `${registry.address}/example/app`;
  await writeSmallLaunchers(sandbox, { settings: { repository } });
  const login = ["login", registry.address, "-u", LOGIN.username, "--password-stdin"];
  expectSuccess(await sandbox.slipway(login, { input: LOGIN.password }));
  await publish(sandbox, "1.0.0");
  expectSuccess(await sandbox.slipway(["push", "--launcher", "--no-check"]));
  return {
    sandbox,
    registry,
    repository,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

async function publish(sandbox: Sandbox, version: string, ...more: readonly string[]): Promise<void> {
  const folder = join(sandbox.directory, version);
  await mkdir(folder);
  await writeFile(join(folder, "app"), `program ${version}\n`.repeat(5000));
  await writeFile(join(sandbox.directory, "NEWS.md"), `It is *${version}* now.\n`);
  const platforms = ["linux/amd64", "windows/amd64", "darwin/amd64", "darwin/arm64"];
  const programs = platforms.map((platform) => `${platform}=${version}/app`);
  const args = ["push", version, ...programs, "--notes", "NEWS.md", "--no-check", ...more];
  expectSuccess(await sandbox.slipway(args));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function built(sandbox: Sandbox, name: string): Promise<string> {
  return sha256(await readFile(join(sandbox.directory, "dist", name)));
}

const hasParts = ["docker-registry", "openssl", "curl", "wget", BROWSER].map(hasProgram).every(Boolean);

describe.runIf(hasParts)("slipway serve, in front of a registry that demands tokens", () => {
  test("gives each visitor the page and the right file, and curl, wget and a browser the same bytes", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: false });
    await using publisher = await openPrivate(tokens);
    const { sandbox, repository } = publisher;
    await using gateway = await serveGateway(sandbox, [repository]);
    await using browser = await openBrowser();

    const expected = {
      "Windows on a PC": ["windows-amd64", "Example-App-windows-amd64.exe"],
      "a Mac with an Intel processor": ["darwin-amd64", "Example-App-darwin-amd64.zip"],
      "a Mac with an Apple chip": ["darwin-arm64", "Example-App-darwin-arm64.zip"],
      "Linux on a PC": ["linux-amd64", "Example-App-linux-amd64"],
    } as const;
    for (const [visitor, [platform, file]] of Object.entries(expected)) {
      const wanted = await built(sandbox, file);
      await using opened = await visit(browser, gateway.url, VISITORS[visitor as keyof typeof expected]);
      expect(await opened.page.title()).toContain("Example App");
      expect(await opened.page.textContent("main")).toContain("It is 1.0.0 now.");
      const [download] = await Promise.all([
        opened.page.waitForEvent("download"),
        opened.page.locator("#choice a.get").first().click(),
      ]);
      expect(download.suggestedFilename()).toBe(file);
      expect(sha256(await readFile((await download.path()) ?? ""))).toBe(wanted);
      expect(opened.complaints).toEqual([]);

      const options = { cwd: sandbox.home, env: process.env };
      expectSuccess(await run("curl", ["-fsS", "--compressed", "-o", "curled", `${gateway.url}/${platform}`], options));
      expect(sha256(await readFile(join(sandbox.home, "curled")))).toBe(wanted);
      const name = ["--content-disposition", "-q", `${gateway.url}/launcher-1.0.0/${platform}`];
      expectSuccess(await run("wget", name, options));
      expect(sha256(await readFile(join(sandbox.home, file)))).toBe(wanted);
    }
    expect((await fetch(`${gateway.url}/v2/`)).status).toBe(404);
    expect((await fetch(`${gateway.url}/v2/example/app/tags/list`)).status).toBe(404);
  });

  test("/download leads a browser to the file for its system, and has others say which", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: false });
    await using publisher = await openPrivate(tokens);
    await using gateway = await serveGateway(publisher.sandbox, [publisher.repository]);
    await using browser = await openBrowser();
    const visitors = ["Windows on a PC", "Linux on a PC", "a Mac with an Intel processor"] as const;
    const names = [];
    for (const visitor of visitors) {
      await using opened = await visit(browser, gateway.url, VISITORS[visitor]);
      const [download] = await Promise.all([
        opened.page.waitForEvent("download"),
        opened.page.goto(`${gateway.url}/download`).catch(() => undefined),
      ]);
      names.push(download.suggestedFilename());
    }
    expect(names).toEqual(["Example-App-windows-amd64.exe", "Example-App-linux-amd64", "Example-App-darwin-amd64.zip"]);
    const curl = await run("curl", ["-sS", "-w", "%{http_code}", `${gateway.url}/download`], { env: process.env });
    expect(curl.stdout).toContain("/windows-amd64");
    expect(curl.stdout).toMatch(/406$/);
  });

  test("announces what is published while it runs, once it is told to look", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: false });
    await using publisher = await openPrivate(tokens);
    const { sandbox, repository } = publisher;
    await using gateway = await serveGateway(sandbox, [repository]);
    expect(await (await fetch(gateway.url)).text()).toContain("It is <em>1.0.0</em> now.");
    await publish(sandbox, "1.1.0");
    gateway.kill("SIGHUP");
    await expect.poll(async () => await (await fetch(gateway.url)).text()).toContain("It is <em>1.1.0</em> now.");
    expect(await (await fetch(`${gateway.url}/badge.svg`)).text()).toContain("1.1.0");
    const program = await fetch(`${gateway.url}/1.0.0/linux-amd64`);
    expect(program.headers.get("cache-control")).toContain("immutable");
    expect(await program.text()).toBe("program 1.0.0\n".repeat(5000));
  });

  test("goes on with what it has while the registry is away, also over a restart", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: false });
    await using publisher = await openPrivate(tokens);
    const { sandbox, repository, registry } = publisher;
    const args = [repository, "--cache", "cache"];
    const file = "/launcher-1.0.0/windows-amd64";
    {
      await using gateway = await serveGateway(sandbox, args);
      await (await fetch(`${gateway.url}${file}`)).arrayBuffer();
      gateway.kill("SIGTERM");
      expect(await gateway.ended).toEqual({ code: 0, signal: null });
    }
    await stop(registry);
    await using gateway = await serveGateway(sandbox, args);
    expect(await (await fetch(gateway.url)).text()).toContain("Example App");
    const answer = await fetch(`${gateway.url}${file}`);
    expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(
      await built(sandbox, "Example-App-windows-amd64.exe"),
    );
  });
});

describe("slipway serve", () => {
  test("offers nothing that the keys in installer.json have not signed", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await sandbox.slipway(["keygen", "--no-passphrase"]));
    await publish(sandbox, "1.0.0", "--sign-key", "slipway.key");
    await publish(sandbox, "1.1.0");
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--no-check", "--sign-key", "slipway.key"]));
    await using gateway = await serveGateway(sandbox, []);
    const page = await (await fetch(gateway.url)).text();
    expect(page).toContain("It is <em>1.0.0</em> now.");
    expect((await fetch(`${gateway.url}/1.0.0/linux-amd64`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/1.1.0/linux-amd64`)).status).toBe(404);
  });

  test("serves an image layout on disk", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    await publish(sandbox, "1.0.0");
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--no-check"]));
    for (const tag of ["1.0.0", "launcher-1.0.0"])
      expectSuccess(await sandbox.slipway(["copy", `${sandbox.repository}:${tag}`, `oci:layout:${tag}`]));
    await sandbox.stopRegistry();
    await using gateway = await serveGateway(sandbox, ["oci:layout"]);
    const answer = await fetch(`${gateway.url}/linux-amd64`);
    expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(await built(sandbox, "Example-App-linux-amd64"));
  });

  test("redirects to the registry where it lets strangers in, and only there", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    await publish(sandbox, "1.0.0");
    expectSuccess(await sandbox.slipway(["push", "--launcher", "--no-check"]));
    await using gateway = await serveGateway(sandbox, ["--redirect"]);
    const answer = await fetch(`${gateway.url}/linux-amd64`, { redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2\/example\/app\/blobs\/sha256:/);
    const followed = await fetch(`${gateway.url}/linux-amd64`);
    expect(sha256(new Uint8Array(await followed.arrayBuffer()))).toBe(await built(sandbox, "Example-App-linux-amd64"));
  });

  test("says what to do where there is nothing to hand out", async () => {
    await using sandbox = await openSandbox();
    await writeSmallLaunchers(sandbox);
    expectSuccess(await sandbox.slipway(["push", `${sandbox.repository}:latest`, "icon.png"]));
    expect(await sandbox.slipway(["serve", "--port", "0"])).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("slipway push --launcher"),
    });
  });
});

async function stop(registry: DockerRegistry): Promise<void> {
  await registry[Symbol.asyncDispose]();
}
