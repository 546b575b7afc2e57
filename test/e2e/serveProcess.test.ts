import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeCertificates } from "../support/certificates.ts";
import { freePort, hasProgram, startPeer } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { serveGateway } from "../support/servedGateway.ts";

/** A repository with one program, which is offered as it is. */
async function openPublished(): Promise<Sandbox> {
  const sandbox = await openSandbox();
  await sandbox.publish("1.0.0", "echo one", "linux/amd64");
  return sandbox;
}

const PROGRAM = "#!/bin/sh\necho one\n";

describe("the process of slipway serve", () => {
  test("lets a download come to its end when it is told to stop", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository, "--anonymous"]);
    const held = Promise.withResolvers<void>();
    sandbox.hold(/^GET .*\/blobs\//, held.promise);
    const answer = fetch(`${gateway.url}/linux-amd64`);
    await expect.poll(async () => await runningDownloads(gateway.url)).toBe(1);
    gateway.kill("SIGTERM");
    await expect.poll(async () => await fetch(gateway.url).catch(() => "refused")).toBe("refused");
    held.resolve();
    expect(await (await answer).text()).toBe(PROGRAM);
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });

  test("waits for nobody when it is told twice", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository]);
    const never = Promise.withResolvers<void>();
    sandbox.hold(/^GET .*\/blobs\//, never.promise);
    const answer = fetch(`${gateway.url}/linux-amd64`).catch(() => "cut off");
    await expect.poll(async () => await runningDownloads(gateway.url)).toBe(1);
    gateway.kill("SIGTERM");
    await expect.poll(async () => await fetch(gateway.url).catch(() => "refused")).toBe("refused");
    gateway.kill("SIGTERM");
    expect(await answer).toBe("cut off");
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    never.resolve();
  });

  test("logs each request as a line of JSON, without anybody's address or query", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository]);
    await (await fetch(`${gateway.url}/linux-amd64?mail=me@example.com`)).arrayBuffer();
    await expect.poll(() => gateway.log()).toHaveLength(2);
    expect(gateway.log()[0]).toMatchObject({ event: "start", message: `listening at ${gateway.url}` });
    expect(gateway.log()[1]).toMatchObject({
      event: "request",
      method: "GET",
      path: "/linux-amd64",
      status: 200,
      bytes: PROGRAM.length,
      address: "127.0.0.0",
    });
  });

  test("goes on when nobody reads its log any more", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository]);
    gateway.hangUp();
    for (let index = 0; index < 3; index += 1)
      expect(await (await fetch(`${gateway.url}/linux-amd64`)).text()).toBe(PROGRAM);
    gateway.kill("SIGTERM");
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });

  test("forgets what does not fit into its folder, and serves on where there can be none", async () => {
    await using sandbox = await openPublished();
    await writeFile(join(sandbox.directory, "file"), "");
    await using gateway = await serveGateway(sandbox, [sandbox.repository, "--cache", "file/folder"]);
    expect(await (await fetch(`${gateway.url}/linux-amd64`)).text()).toBe(PROGRAM);
    await expect.poll(() => gateway.log()).toContainEqual(expect.objectContaining({ event: "cache" }));
  });

  test.runIf(hasProgram("openssl") && hasProgram("curl"))(
    "speaks TLS with the certificate that it is given",
    async () => {
      await using sandbox = await openPublished();
      const folder = join(sandbox.directory, "tls");
      const { ca } = makeCertificates(folder, ["localhost", "127.0.0.1"]);
      const tls = ["--tls-cert", "tls/leaf.pem", "--tls-key", "tls/leaf.key"];
      await using gateway = await serveGateway(sandbox, [sandbox.repository, ...tls]);
      expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
      const curl = await run("curl", ["-fsS", "--cacert", ca, `${gateway.url}/linux-amd64`], { env: process.env });
      expect(curl).toMatchObject({ exitCode: 0, stdout: PROGRAM });
    },
  );

  test.each<[what: string, args: readonly string[], message: string]>([
    ["a certificate without a key", ["--tls-cert", "x.pem"], "--tls-cert and --tls-key belong together"],
    ["a proxy that is none", ["--proxy-address", "proxy"], 'not an address of a proxy: "proxy"'],
    ["a size that is none", ["--cache-size", "lots"], '--cache-size wants a size, got "lots"'],
    ["a rate that is none", ["--rate", "fast"], '--rate wants a number above 0, got "fast"'],
    ["two places", ["x.example/b"], "expected one place"],
  ])("does not begin with %s", async (_, args, message) => {
    await using sandbox = await openPublished();
    const { exitCode, stdout, stderr } = await sandbox.slipway(["serve", sandbox.repository, "--port", "0", ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("says which port is taken", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository]);
    const { port } = new URL(gateway.url);
    const second = await sandbox.slipway(["serve", sandbox.repository, "--port", port, "--cache", "second"]);
    expect(second).toMatchObject({
      exitCode: 69,
      stderr: expect.stringContaining(`port ${port} on 127.0.0.1 is in use`),
    });
  });
});

/** Of a gateway, by its own account. */
async function runningDownloads(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^slipway_gateway_downloads_running (\d+)$/m.exec(text)?.[1]);
}

/** nginx as a proxy on a free port, which puts the gateway below a folder too. */
async function startNginx(folder: string, upstream: string): Promise<AsyncDisposable & { readonly url: string }> {
  const port = await freePort();
  await mkdir(folder);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const paths = temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join(" ");
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${join(folder, "pid")}; error_log stderr;
events {}
http {
  access_log off; ${paths}
  server {
    listen 127.0.0.1:${port};
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / { proxy_pass ${upstream}; }
    location /get/ { proxy_pass ${upstream}/; }
  }
}
`,
  );
  const url = `http://127.0.0.1:${port}`;
  const args = ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
  const peer = await startPeer("nginx", args, { url });
  return { url, [Symbol.asyncDispose]: async () => await peer[Symbol.asyncDispose]() };
}

describe.runIf(hasProgram("nginx"))("behind nginx", () => {
  test("a visitor is who nginx says, and /metrics is not theirs", async () => {
    await using sandbox = await openPublished();
    const options = ["--trust-proxy", "--log-addresses", "--rate", "120"];
    await using gateway = await serveGateway(sandbox, [sandbox.repository, ...options]);
    await using nginx = await startNginx(join(sandbox.directory, "nginx"), gateway.url);
    // As a proxy before nginx would say it, and as anybody may.
    const headers = { "x-forwarded-for": "203.0.113.7" };
    const answer = await fetch(`${nginx.url}/linux-amd64`, { headers });
    expect([answer.status, await answer.text()]).toEqual([200, PROGRAM]);
    expect((await fetch(`${nginx.url}/metrics`, { headers })).status).toBe(404);
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(200);
    const addresses = (): string[] => gateway.log().map(({ path, address }) => `${String(path)} ${String(address)}`);
    await expect.poll(addresses).toContain("/linux-amd64 203.0.113.7");
    await expect.poll(addresses).toContain("/metrics 127.0.0.1");
  });

  test("everything is found below a folder, too", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository, "--trust-proxy"]);
    await using nginx = await startNginx(join(sandbox.directory, "nginx"), gateway.url);
    const userAgent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0";
    for (const path of ["download", "linux/x64", "1.0.0/linux/x64"]) {
      const answer = await fetch(`${nginx.url}/get/${path}`, { headers: { "user-agent": userAgent } });
      expect([answer.url.startsWith(`${nginx.url}/get/`), await answer.text()]).toEqual([true, PROGRAM]);
    }
    const page = await (await fetch(`${nginx.url}/get/de/`)).text();
    const href = /href="(\.\.\/[^"]*linux-amd64)"/.exec(page)?.[1] ?? "";
    expect(await (await fetch(new URL(href, `${nginx.url}/get/de/`))).text()).toBe(PROGRAM);
  });

  test("where nobody has said that there is a proxy, the log does once, and /metrics is no stranger's", async () => {
    await using sandbox = await openPublished();
    await using gateway = await serveGateway(sandbox, [sandbox.repository]);
    await using nginx = await startNginx(join(sandbox.directory, "nginx"), gateway.url);
    expect((await fetch(`${nginx.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${nginx.url}/`)).status).toBe(200);
    const told = (): unknown[] => gateway.log().filter(({ event }) => event === "proxy");
    await expect.poll(told).toMatchObject([{ message: expect.stringContaining("--trust-proxy") }]);
  });
});
