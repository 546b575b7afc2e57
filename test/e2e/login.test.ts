import { chmod, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { converse } from "../support/converse.ts";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { startTokenServer } from "../support/tokenServer.ts";

const LOGIN = { username: "me", password: "p:a ss" };
const config = (sandbox: Sandbox): string => join(sandbox.directory, "home", ".docker", "config.json");
const readConfig = async (sandbox: Sandbox): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(config(sandbox), "utf8")) as Record<string, unknown>;

async function writeConfig(sandbox: Sandbox, content: unknown): Promise<void> {
  await mkdir(join(sandbox.directory, "home", ".docker"), { recursive: true });
  await writeFile(config(sandbox), typeof content === "string" ? content : JSON.stringify(content));
}

/** A credential helper that keeps its logins in a file, as pass or the keychain would. */
async function installHelper(sandbox: Sandbox, exitCode = 0): Promise<NodeJS.ProcessEnv> {
  const bin = join(sandbox.directory, "bin");
  await mkdir(bin);
  const helper = join(bin, "docker-credential-test");
  await writeFile(
    helper,
    `#!/bin/sh
case "$1" in
  store) cat > "${bin}/kept" ;;
  get) [ -f "${bin}/kept" ] && cat "${bin}/kept" || { echo "credentials not found in native keychain"; exit 1; } ;;
  erase) cat > "${bin}/erased"; rm -f "${bin}/kept" ;;
esac
exit ${exitCode}
`,
  );
  await chmod(helper, 0o755);
  return { PATH: `${bin}${delimiter}${process.env["PATH"]}` };
}

describe.runIf(hasProgram("docker-registry") && hasProgram("htpasswd"))("slipway login", () => {
  test("proves the login, keeps it for everybody, and logout forgets it", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...LOGIN });
    const { address } = registry;
    await writeConfig(sandbox, { auths: { "ghcr.io": { auth: "b3RoZXI6eA==" } }, psFormat: "table" });
    const args = ["login", address, "-u", LOGIN.username, "--password-stdin"];
    const done = await sandbox.slipway(args, { input: `${LOGIN.password}\n` });
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`logged in to ${address} as me`) });
    expect(done.stderr).toContain("unencrypted");
    expect(await readConfig(sandbox)).toEqual({
      auths: {
        "ghcr.io": { auth: "b3RoZXI6eA==" },
        [address]: { auth: Buffer.from("me:p:a ss").toString("base64") },
      },
      psFormat: "table",
    });
    expect((await stat(config(sandbox))).mode & 0o777).toBe(0o600);

    await writeFile(join(sandbox.directory, "app"), "app");
    expectSuccess(await sandbox.slipway(["push", `${address}/example/app:latest`, "app"]));
    expect((await sandbox.slipway(["ls", address])).stdout).toBe("example/app\n");
    expect((await sandbox.slipway(["ls", `${address}/other`])).stdout).toBe("");
    expect(await sandbox.slipway(["ls", address, "--anonymous"])).toMatchObject({ exitCode: 77 });

    expectSuccess(await sandbox.slipway(["logout", address]));
    expect(await readConfig(sandbox)).toMatchObject({ auths: { "ghcr.io": { auth: "b3RoZXI6eA==" } } });
    const refused = await sandbox.slipway(["tags", `${address}/example/app`]);
    expect(refused).toMatchObject({ exitCode: 77, stderr: expect.stringContaining(`slipway login ${address}`) });
    expect((await sandbox.slipway(["logout", address])).stdout).toContain("there was no login");
  });

  test.runIf(hasProgram("skopeo"))("is one that skopeo uses, and uses skopeo's", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...LOGIN });
    const { address } = registry;
    const env = { HOME: join(sandbox.directory, "home"), PATH: process.env["PATH"] };
    const args = ["login", address, "-u", LOGIN.username, "--password-stdin"];
    expectSuccess(await sandbox.slipway(args, { input: LOGIN.password }));
    await writeFile(join(sandbox.directory, "app"), "app");
    expectSuccess(await sandbox.slipway(["push", `${address}/example/app:latest`, "app"]));
    const listed = await run("skopeo", ["list-tags", "--tls-verify=false", `docker://${address}/example/app`], { env });
    expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ["latest"] });

    expectSuccess(await sandbox.slipway(["logout", address]));
    const file = join(sandbox.directory, "auth.json");
    const theirs = ["login", "--tls-verify=false", "--authfile", file, "-u", "me", "--password-stdin", address];
    expectSuccess(await run("skopeo", theirs, { env, input: LOGIN.password }));
    const used = await sandbox.slipway(["tags", `${address}/example/app`], { env: { REGISTRY_AUTH_FILE: file } });
    expect(used).toMatchObject({ exitCode: 0, stdout: "latest\n" });
  });

  test("says on logout when podman's login for the same registry is used from then on", async () => {
    await using sandbox = await openSandbox();
    const file = join(sandbox.directory, "auth.json");
    await writeFile(file, JSON.stringify({ auths: { "ghcr.io": { auth: "b3RoZXI6eA==" } } }));
    const theirs = await sandbox.slipway(["logout", "ghcr.io"], { env: { REGISTRY_AUTH_FILE: file } });
    expect(theirs).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("podman logout ghcr.io") });
    expect(await sandbox.slipway(["logout", "ghcr.io"])).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("does not keep what is refused", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...LOGIN });
    const args = ["login", registry.address, "-u", "me", "--password", "wrong"];
    const refused = await sandbox.slipway(args);
    expect(refused).toMatchObject({ exitCode: 77, stdout: "" });
    expect(refused.stderr).toContain(`${registry.address} does not take this login`);
    expect(refused.stderr).not.toContain("wrong");
    await expect(stat(config(sandbox))).rejects.toThrow("ENOENT");
  });

  test("hands it to the helper that Docker's config names", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...LOGIN });
    const { address } = registry;
    const env = await installHelper(sandbox);
    const before = { credHelpers: { [address]: "test" } };
    await writeConfig(sandbox, before);
    const args = ["login", address, "-u", "me", "--password-stdin", "--json"];
    const done = await sandbox.slipway(args, { input: LOGIN.password, env });
    expect(JSON.parse(done.stdout)).toMatchObject({ result: "accepted", place: { kind: "helper", name: "test" } });
    expect(done.stderr).toBe("");
    expect(JSON.parse(await readFile(join(sandbox.directory, "bin", "kept"), "utf8"))).toEqual({
      ServerURL: address,
      Username: "me",
      Secret: LOGIN.password,
    });
    expect(await readConfig(sandbox)).toEqual(before);
    expect(await sandbox.slipway(["ls", address], { env })).toMatchObject({ exitCode: 0, stderr: "" });
    expectSuccess(await sandbox.slipway(["logout", address], { env }));
    expect(await readFile(join(sandbox.directory, "bin", "erased"), "utf8")).toBe(address);
  });

  test("puts no password into a file when the helper fails", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...LOGIN });
    const env = await installHelper(sandbox, 3);
    await writeConfig(sandbox, { credsStore: "test" });
    const args = ["login", registry.address, "-u", "me", "--password-stdin"];
    const failed = await sandbox.slipway(args, { input: LOGIN.password, env });
    expect(failed).toMatchObject({ exitCode: 69, stderr: expect.stringContaining("docker-credential-test failed") });
    expect(await readConfig(sandbox)).toEqual({ credsStore: "test" });
  });

  test("leaves a config that it cannot read as it is, and follows one that is a link", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...LOGIN });
    const args = ["login", registry.address, "-u", "me", "--password-stdin"];
    await writeConfig(sandbox, "{ broken");
    expect(await sandbox.slipway(args, { input: LOGIN.password })).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining("is not JSON, and is left as it is"),
    });
    expect(await readFile(config(sandbox), "utf8")).toBe("{ broken");

    const real = join(sandbox.directory, "real.json");
    await writeFile(real, "{}");
    await run("rm", [config(sandbox)]);
    await symlink(real, config(sandbox));
    expectSuccess(await sandbox.slipway(args, { input: LOGIN.password }));
    expect(JSON.parse(await readFile(real, "utf8"))).toHaveProperty("auths");
  });
});

describe.runIf(hasProgram("docker-registry") && hasProgram("openssl"))("slipway login at a token service", () => {
  test("is not fooled by what strangers may see, and gives the right to list repositories", async () => {
    await using sandbox = await openSandbox();
    await using tokens = await startTokenServer({ ...LOGIN, public: true });
    await using registry = await startDockerRegistry({ kind: "token", ...tokens });
    const args = ["login", registry.address, "-u", LOGIN.username, "--password-stdin"];
    const refused = await sandbox.slipway(args, { input: "wrong" });
    expect(refused).toMatchObject({ exitCode: 77, stderr: expect.stringContaining("incorrect username or password") });
    await expect(stat(config(sandbox))).rejects.toThrow("ENOENT");
    const stranger = await sandbox.slipway(["ls", registry.address]);
    expect(stranger).toMatchObject({ exitCode: 77, stderr: expect.stringContaining("does not list its repositories") });

    expectSuccess(await sandbox.slipway(args, { input: LOGIN.password }));
    await writeFile(join(sandbox.directory, "app"), "app");
    expectSuccess(await sandbox.slipway(["push", `${registry.address}/example/app:latest`, "app"]));
    expect(await sandbox.slipway(["ls", `http://${registry.address}/`])).toMatchObject({ stdout: "example/app\n" });
  });
});

describe.runIf(hasProgram("script"))("slipway login at a terminal", () => {
  const CTRL_D = "\u0004";

  async function login(sandbox: Sandbox, answers: readonly (readonly [string, string])[]) {
    const [host = ""] = sandbox.repository.split("/");
    const env = { ...process.env, HOME: join(sandbox.directory, "home"), DOCKER_CONFIG: "" };
    return { host, ...(await converse([process.execPath, inject("cli"), "login", host], answers, env)) };
  }

  test("asks for the name and the password, which is not shown", async () => {
    await using sandbox = await openSandbox();
    const { host, exitCode, screen } = await login(sandbox, [
      ["Username: ", "me\r"],
      ["Password: ", "pass word\r"],
    ]);
    expect(exitCode).toBe(0);
    // The question stands where it was put: nothing erases it once it is written.
    expect(screen).toMatch(/Username: (?!.*\[0J).*me\r/);
    expect(screen).not.toContain("pass word");
    const auth = Buffer.from("me:pass word").toString("base64");
    expect(await readConfig(sandbox)).toEqual({ auths: { [host]: { auth } } });
  });

  test.each([
    ["the first question", [["Username: ", CTRL_D]]],
    [
      "the second question",
      [
        ["Username: ", "me\r"],
        ["Password: ", CTRL_D],
      ],
    ],
  ] as const)("ends when %s gets no answer", async (_, answers) => {
    await using sandbox = await openSandbox();
    const { exitCode, screen } = await login(sandbox, answers);
    expect([exitCode, screen]).toEqual([2, expect.stringContaining("there was no answer")]);
    await expect(stat(config(sandbox))).rejects.toThrow("ENOENT");
  });
});

describe("a login", () => {
  test("says so where none is needed", async () => {
    await using sandbox = await openSandbox();
    const [host = ""] = sandbox.repository.split("/");
    const done = await sandbox.slipway(["login", host, "-u", "me", "--password-stdin"], { input: "x" });
    expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("lets everybody in") });
  });

  test.each([
    [["login", "HOST"], "there is no terminal to ask at"],
    [["login", "HOST/app"], "not a registry's host"],
    [["login"], "a registry's host is missing"],
    [["login", "HOST", "-u", "me", "-p", "x", "--password-stdin"], "exclude each other"],
    [["login", "HOST", "-u", "me", "--password-stdin"], "the name or the password is empty"],
  ])("%j is one clear sentence", async (args, message) => {
    await using sandbox = await openSandbox();
    const [host = ""] = sandbox.repository.split("/");
    const done = await sandbox.slipway(args.map((text) => text.replace("HOST", host)));
    expect(done).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});
