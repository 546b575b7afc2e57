import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { askHelper } from "../../../src/registry/credentialHelper.ts";
import { dockerCredentials } from "../../../src/registry/credentials.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const encoded = Buffer.from("me:pass:word").toString("base64");

async function look(host: string, config: unknown, helpers: Readonly<Record<string, string>> = {}) {
  await using directory = await temporaryDirectory();
  const bin = join(directory.path, "bin");
  await mkdir(bin);
  for (const [name, script] of Object.entries(helpers)) {
    await writeFile(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, `docker-credential-${name}`), 0o755);
  }
  await writeFile(join(directory.path, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  const warnings: string[] = [];
  const source = dockerCredentials({
    env: { DOCKER_CONFIG: directory.path, PATH: `${bin}:/usr/bin:/bin` },
    home: directory.path,
    onWarning: (message) => warnings.push(message.replace(directory.path, "DIR")),
  });
  return { credential: await source(host), warnings };
}

const LOGIN = { kind: "basic", username: "me", password: "pass:word" };

describe("Docker's config file", () => {
  test.each([
    ["a host", "ghcr.io", { auths: { "ghcr.io": { auth: encoded } } }, LOGIN],
    ["a host with scheme and path", "ghcr.io", { auths: { "https://ghcr.io/v2/": { auth: encoded } } }, LOGIN],
    ["a host with a port", "localhost:5000", { auths: { "localhost:5000": { auth: encoded } } }, LOGIN],
    ["Docker Hub by its old name", "docker.io", { auths: { "https://index.docker.io/v1/": { auth: encoded } } }, LOGIN],
    [
      "an identity token",
      "a.io",
      { auths: { "a.io": { auth: encoded, identitytoken: "t" } } },
      { kind: "identity-token", token: "t" },
    ],
    ["a registry token", "a.io", { auths: { "a.io": { registrytoken: "t" } } }, { kind: "bearer", token: "t" }],
    ["nothing for another host", "b.io", { auths: { "a.io": { auth: encoded } } }, undefined],
    [
      "nothing for a host that only begins the same",
      "a.io",
      { auths: { "a.io.evil.example": { auth: encoded } } },
      undefined,
    ],
    ["nothing in an empty entry", "a.io", { auths: { "a.io": {} } }, undefined],
  ])("holds %s", async (_, host, config, expected) => {
    expect(await look(host, config)).toEqual({ credential: expected, warnings: [] });
  });

  test.each([
    ["is no JSON", "{", "DIR/config.json is not used: it is not JSON"],
    ["holds no object", "[]", "DIR/config.json is not used: it holds no JSON object"],
    [
      "has a login that cannot be read",
      { auths: { "a.io": { auth: "!" } } },
      "DIR/config.json: the login for a.io cannot be read",
    ],
  ])("that %s is a warning", async (_, config, warning) => {
    expect(await look("a.io", config)).toEqual({ credential: undefined, warnings: [warning] });
  });
});

describe("the files", () => {
  const login = (username: string) => ({
    auths: { "a.io": { auth: Buffer.from(`${username}:x`).toString("base64") } },
  });
  const files = {
    ".docker/config.json": login("home"),
    "other/config.json": login("docker"),
    "podman.json": login("podman"),
    "run/containers/auth.json": login("runtime"),
  };

  async function lookIn(variables: (path: string) => Readonly<Record<string, string>>): Promise<string | undefined> {
    await using directory = await temporaryDirectory();
    for (const [name, config] of Object.entries(files)) {
      await mkdir(dirname(join(directory.path, name)), { recursive: true });
      await writeFile(join(directory.path, name), JSON.stringify(config));
    }
    const source = dockerCredentials({ env: variables(directory.path), home: directory.path });
    const credential = await source("a.io");
    return credential?.kind === "basic" ? credential.username : undefined;
  }

  test.each([
    ["DOCKER_CONFIG before the home folder", { DOCKER_CONFIG: "other" }, "docker"],
    ["the home folder", {}, "home"],
    ["podman's own file", { DOCKER_CONFIG: "none", REGISTRY_AUTH_FILE: "podman.json" }, "podman"],
    ["podman's file of this session", { DOCKER_CONFIG: "none", XDG_RUNTIME_DIR: "run" }, "runtime"],
    ["Docker's before podman's", { REGISTRY_AUTH_FILE: "podman.json", XDG_RUNTIME_DIR: "run" }, "home"],
  ])("are looked at in order: %s", async (_, names, expected) => {
    const found = await lookIn((path) =>
      Object.fromEntries(Object.entries(names).map(([key, name]) => [key, join(path, name)])),
    );
    expect(found).toBe(expected);
  });

  test("do not come from the current folder when a variable is empty", async () => {
    expect(await lookIn(() => ({ DOCKER_CONFIG: "", REGISTRY_AUTH_FILE: "", XDG_RUNTIME_DIR: "" }))).toBe("home");
  });
});

describe("credential helpers", () => {
  const answer = (username: string) =>
    `read server; printf '{"ServerURL":"%s","Username":"${username}","Secret":"secret"}' "$server"`;

  test("are asked for their host before the general store", async () => {
    const config = { credHelpers: { "a.io": "one" }, credsStore: "two" };
    expect((await look("a.io", config, { one: answer("first"), two: answer("second") })).credential).toEqual({
      kind: "basic",
      username: "first",
      password: "secret",
    });
    expect((await look("b.io", config, { one: answer("first"), two: answer("second") })).credential).toEqual({
      kind: "basic",
      username: "second",
      password: "secret",
    });
  });

  test("give identity tokens under the name <token>", async () => {
    expect((await look("a.io", { credsStore: "one" }, { one: answer("<token>") })).credential).toEqual({
      kind: "identity-token",
      token: "secret",
    });
  });

  test("that have nothing are no trouble, and the file is looked at next", async () => {
    const none = "echo 'credentials not found in native keychain'; exit 1";
    const config = { credsStore: "one", auths: { "a.io": { auth: encoded } } };
    expect(await look("a.io", config, { one: none })).toEqual({ credential: LOGIN, warnings: [] });
  });

  test.each([
    ["is missing", {}, "the credential helper docker-credential-one is not installed"],
    ["fails", { one: "exit 3" }, "the credential helper docker-credential-one failed (exit code 3)"],
    ["gives nonsense", { one: "echo nonsense" }, "the credential helper docker-credential-one gave no usable answer"],
  ])("one that %s is a warning", async (_, helpers, warning) => {
    expect(await look("a.io", { credsStore: "one" }, helpers as Record<string, string>)).toEqual({
      credential: undefined,
      warnings: [warning],
    });
  });

  test("are given up after a while, even when a child of theirs holds on", async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, "docker-credential-one"), "#!/bin/sh\n/bin/sleep 10\n/bin/true\n");
    await chmod(join(directory.path, "docker-credential-one"), 0o755);
    const warnings: string[] = [];
    const options = {
      env: { PATH: directory.path },
      onWarning: (text: string) => void warnings.push(text),
      timeout: 50,
    };
    expect(await askHelper("one", "a.io", options)).toBeUndefined();
    expect(warnings).toEqual(["the credential helper docker-credential-one failed (no answer)"]);
  });

  test("are looked for in absolute entries of PATH only", async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, "docker-credential-one"), `#!/bin/sh\n${answer("me")}\n`);
    await chmod(join(directory.path, "docker-credential-one"), 0o755);
    const warnings: string[] = [];
    const onWarning = (text: string) => void warnings.push(text);
    const PATH = ["", ".", relative(".", directory.path)].join(delimiter);
    expect(await askHelper("one", "a.io", { env: { PATH }, onWarning })).toBeUndefined();
    expect(warnings).toEqual(["the credential helper docker-credential-one is not installed"]);
    expect(await askHelper("one", "a.io", { env: { PATH: directory.path }, onWarning })).toMatchObject({
      username: "me",
    });
  });

  test("are not looked for by a name that is a path", async () => {
    const { warnings } = await look("a.io", { credsStore: "../one" });
    expect(warnings).toEqual(['the credential helper "../one" is not used: that is no helper\'s name']);
  });
});
