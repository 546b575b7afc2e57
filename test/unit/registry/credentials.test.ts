import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
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

  test("are not looked for by a name that is a path", async () => {
    const { warnings } = await look("a.io", { credsStore: "../one" });
    expect(warnings).toEqual(['the credential helper "../one" is not used: that is no helper\'s name']);
  });
});
