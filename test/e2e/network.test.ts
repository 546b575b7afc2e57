import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMPANY_HOST, openCompany } from "../support/company.ts";
import { hasProgram } from "../support/peer.ts";
import { startProxy } from "../support/proxy.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const tags = async (sandbox: Sandbox, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  await sandbox.slipway(["tags", `${COMPANY_HOST}/example/app`, ...args], { env });

describe.runIf(hasProgram("openssl"))("behind a company's proxy", () => {
  test("everything goes through the tunnel, by option and by environment, for the launcher too", async () => {
    await using company = await openCompany();
    const { sandbox, ca } = company;
    await using proxy = await startProxy({ login: "me:p@ss:word", route: company.route });
    const address = `http://me:p%40ss%3Aword@${proxy.address}`;
    expect(await tags(sandbox, ["--proxy", address, "--ca-file", ca])).toMatchObject({
      exitCode: 0,
      stdout: "1.0.0\n",
    });
    const env = { HTTPS_PROXY: address, SSL_CERT_FILE: ca };
    expect(await tags(sandbox, [], env)).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
    expect(new Set(proxy.log)).toEqual(new Set([`CONNECT ${COMPANY_HOST}:443`]));
    await sandbox.build({ repository: `${COMPANY_HOST}/example/app` });
    expect(await sandbox.launch([], { env })).toMatchObject({ exitCode: 0, stdout: "one\n" });
  });

  test("plain http is asked for by its whole address", async () => {
    await using sandbox = await openSandbox();
    await using proxy = await startProxy();
    await writeFile(join(sandbox.directory, "file"), "content");
    const args = ["push", `${sandbox.repository}:1.0.0`, "file", "--proxy", proxy.address];
    expectSuccess(await sandbox.slipway(args));
    expect(proxy.log[0]).toMatch(/^(HEAD|GET) http:\/\/127\.0\.0\.1:\d+\/v2\/example\/app\/manifests\/1\.0\.0$/);
  });

  test.each<[string, { login?: string; refuse?: number }, string, number, string]>([
    ["wants a password", { login: "me:secret" }, "", 77, "wants a name and password"],
    ["refuses the password", { login: "me:secret" }, "me:geheim@", 77, "refused the name and password"],
    ["does not let us out", { refuse: 403 }, "", 69, `answered 403 and did not connect to ${COMPANY_HOST}`],
  ])(
    "that %s is named, with what to do and without a password",
    async (_, { login, refuse }, user, exitCode, message) => {
      await using sandbox = await openSandbox();
      await using proxy = await startProxy({ ...(login === undefined ? {} : { login }), route: () => refuse });
      const run = await tags(sandbox, ["--proxy", `http://${user}${proxy.address}`]);
      expect(run).toMatchObject({ exitCode, stdout: "" });
      expect(run.stderr).toContain(`the proxy ${proxy.address} (--proxy) ${message}`);
      expect(run.stderr).toMatch(/\n\n\S/);
      expect(run.stderr).not.toContain("geheim");
    },
  );

  test("that is not there is told from a registry that is not there", async () => {
    await using sandbox = await openSandbox();
    const run = await tags(sandbox, [], { HTTPS_PROXY: "http://127.0.0.1:1" });
    expect(run).toMatchObject({ exitCode: 69 });
    expect(run.stderr).toContain("cannot reach the proxy 127.0.0.1:1 (HTTPS_PROXY): nobody listens there");
  });

  test("a password that plain http refuses is named as well", async () => {
    await using sandbox = await openSandbox();
    await using proxy = await startProxy({ login: "me:secret" });
    const run = await sandbox.slipway(["tags", sandbox.repository, "--proxy", proxy.address]);
    expect(run).toMatchObject({ exitCode: 77, stderr: expect.stringContaining("wants a name and password") });
  });
});

describe.runIf(hasProgram("openssl"))("a certificate", () => {
  test("of nobody known is refused, and the message says what to do", async () => {
    await using company = await openCompany();
    await using proxy = await startProxy({ route: company.route });
    const run = await tags(company.sandbox, ["--proxy", proxy.address]);
    expect(run).toMatchObject({ exitCode: 69, stdout: "" });
    expect(run.stderr).toContain(`cannot reach ${COMPANY_HOST}: its certificate is not trusted`);
    expect(run.stderr).toContain("--ca-file FILE");
    expect(await tags(company.sandbox, ["--proxy", proxy.address, "--insecure", COMPANY_HOST])).toMatchObject({
      exitCode: 0,
    });
    const elsewhere = await tags(company.sandbox, ["--proxy", proxy.address, "--insecure", "other.example"]);
    expect(elsewhere).toMatchObject({ exitCode: 69 });
  });

  test.each(["NODE_EXTRA_CA_CERTS", ...(process.platform === "linux" ? ["SSL_CERT_DIR"] : [])])(
    "that the computer itself trusts needs no option: %s",
    async (variable) => {
      await using company = await openCompany();
      await using proxy = await startProxy({ route: company.route });
      const folder = join(company.sandbox.directory, "trusted");
      await mkdir(folder);
      await copyFile(company.ca, join(folder, "company.pem"));
      const env = { [variable]: variable === "SSL_CERT_DIR" ? folder : company.ca };
      expect(await tags(company.sandbox, ["--proxy", proxy.address], env)).toMatchObject({ exitCode: 0 });
    },
  );

  test("for another host is refused with the names that it has", async () => {
    await using company = await openCompany(["other.example"]);
    await using proxy = await startProxy({ route: company.route });
    const run = await tags(company.sandbox, ["--proxy", proxy.address, "--ca-file", company.ca]);
    expect(run).toMatchObject({ exitCode: 69, stderr: expect.stringContaining("DNS:other.example") });
  });

  test.each([
    ["missing.pem", "cannot be read (ENOENT)"],
    ["installer.json", "holds no certificate"],
  ])("file %s that is none is named", async (file, message) => {
    await using company = await openCompany();
    await using proxy = await startProxy({ route: company.route });
    const { sandbox } = company;
    await writeFile(join(sandbox.directory, "installer.json"), "{}");
    const run = await tags(sandbox, ["--ca-file", file]);
    expect(run).toMatchObject({ exitCode: 78, stderr: expect.stringContaining(message) });
    const env = { SSL_CERT_FILE: join(sandbox.directory, file) };
    // Read where it is needed: somebody's own file that is gone is no trouble to those who never use it.
    const warned = await tags(sandbox, ["--proxy", proxy.address], env);
    expect(warned.stderr).toContain(`warning: SSL_CERT_FILE:`);
    expect((await sandbox.slipway(["tags", sandbox.repository], { env })).stderr).toBe("");
  });
});

describe("logins on the command line", () => {
  test.each([
    [["--token", "t", "--anonymous"], "exclude each other"],
    [["--token", "t\r"], "--token holds a space, a line break"],
    [["--username", "me"], "--username and --password-stdin belong together"],
    [["--plain-http", "host/app"], "--plain-http wants a host"],
  ])("%j is one clear sentence", async (args, message) => {
    await using sandbox = await openSandbox();
    expect(await tags(sandbox, args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  });
});
