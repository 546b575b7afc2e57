import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { openMemory } from "../../src/oci/memory.ts";
import { copyGraph } from "../../src/oci/copy.ts";
import { openRegistry } from "../../src/registry/client.ts";
import { describeTaggedStorage } from "../contract/storage.ts";
import { blobOf, chunked, collect, noise } from "../support/bytes.ts";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { pushSample } from "../support/sample.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { startTokenServer } from "../support/tokenServer.ts";

const there = hasProgram("docker-registry");

describe.runIf(there)("Debian's docker-registry", () => {
  describeTaggedStorage("docker-registry", async () => {
    const registry = await startDockerRegistry();
    const client = openRegistry({ userAgent: "test" });
    return {
      storage: client.repository({ host: registry.address, name: "example/app" }),
      async [Symbol.asyncDispose]() {
        await client[Symbol.asyncDispose]();
        await registry[Symbol.asyncDispose]();
      },
    };
  });

  test("takes a blob in chunks", async () => {
    await using registry = await startDockerRegistry();
    await using client = openRegistry({ userAgent: "test" });
    const repository = client.repository({ host: registry.address, name: "example/app" });
    const bytes = noise(70 * 1024 * 1024);
    await repository.push(blobOf(bytes), chunked(bytes, 1_000_003));
    expect(bytes.equals(await collect(repository.fetch(blobOf(bytes))))).toBe(true);
  });

  test("mounts what another repository has, without sending it", async () => {
    await using registry = await startDockerRegistry();
    await using client = openRegistry({ userAgent: "test" });
    const bytes = noise(100_000);
    await client.repository({ host: registry.address, name: "example/one" }).push(blobOf(bytes), chunked(bytes));
    const refuse = (): never => {
      throw new Error("nothing was to be read");
    };
    await client
      .repository({ host: registry.address, name: "example/two" })
      .push(blobOf(bytes), refuse, { mountFrom: "example/one" });
    expect(await client.repository({ host: registry.address, name: "example/two" }).has(blobOf(bytes))).toBe(true);
  });

  test("lists more tags than fit a page, and referrers by their tag where the API is missing", async () => {
    await using registry = await startDockerRegistry();
    await using client = openRegistry({ userAgent: "test" });
    const repository = client.repository({ host: registry.address, name: "example/app" });
    const index = await pushSample(repository, { tag: "1.0.0" });
    for (let minor = 1; minor < 120; minor += 1) await repository.tag(index, `1.${minor}.0`);
    expect(await repository.tags()).toHaveLength(120);
    expect(await repository.referrers(index.digest)).toEqual([]);
  });
});

describe.runIf(there && hasProgram("htpasswd"))("docker-registry with a password file", () => {
  test("lets the CLI in with Docker's stored login or one from standard input, and nobody else", async () => {
    const login = { username: "me", password: "secret:with colon" };
    await using registry = await startDockerRegistry({ kind: "htpasswd", ...login });
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, "app"), "#!/bin/sh\n", { mode: 0o755 });
    await mkdir(join(directory.path, "docker"));
    const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    await writeFile(
      join(directory.path, "docker", "config.json"),
      JSON.stringify({ auths: { [registry.address]: { auth } } }),
    );
    const slipway = async (args: readonly string[], options = {}) =>
      await run(process.execPath, [inject("cli"), ...args], {
        cwd: directory.path,
        env: { ...process.env, HOME: directory.path },
        ...options,
      });
    const reference = `${registry.address}/example/app`;

    const refused = await slipway(["push", `${reference}:1.0.0`, "linux/amd64=app"]);
    expect(refused).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining(`slipway login ${registry.address}`),
    });
    expect(refused.stderr).not.toContain("secret");
    const env = { ...process.env, HOME: directory.path, DOCKER_CONFIG: join(directory.path, "docker") };
    expect(await slipway(["push", `${reference}:1.0.0`, "linux/amd64=app"], { env })).toMatchObject({ exitCode: 0 });
    expect(await slipway(["tags", reference])).toMatchObject({ exitCode: 77 });
    const typed = await slipway(["tags", reference, "--username", "me", "--password-stdin"], {
      input: `${login.password}\n`,
    });
    expect(typed).toMatchObject({ exitCode: 0, stdout: "1.0.0\n" });
  });
});

describe.runIf(there && hasProgram("openssl"))("docker-registry behind a token service", () => {
  const policy = { username: "me", password: "secret", public: true };

  test("gives strangers what is public, and takes pushes from those who may", async () => {
    await using tokens = await startTokenServer(policy);
    await using registry = await startDockerRegistry({ kind: "token", ...tokens });
    const repository = { host: registry.address, name: "example/app" };
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0" });

    await using publisher = openRegistry({
      userAgent: "test",
      credentials: async () => ({ kind: "basic", username: "me", password: "secret" }),
    });
    await copyGraph(source, publisher.repository(repository), index, { tag: "1.0.0" });
    // One token to look and push, kept for all requests.
    expect(new Set(tokens.questions).size).toBe(tokens.questions.length);

    await using stranger = openRegistry({ userAgent: "test" });
    expect(await stranger.repository(repository).tags()).toEqual(["1.0.0"]);
    await copyGraph(stranger.repository(repository), openMemory(), index);
    await expect(pushSample(stranger.repository(repository), { tag: "2.0.0", seed: "other" })).rejects.toMatchObject({
      code: "not-allowed",
    });
  });

  test("with a wrong login still gives what is public, with a warning", async () => {
    await using tokens = await startTokenServer(policy);
    await using registry = await startDockerRegistry({ kind: "token", ...tokens });
    const repository = { host: registry.address, name: "example/app" };
    await using publisher = openRegistry({
      userAgent: "test",
      credentials: async () => ({ kind: "basic", username: "me", password: "secret" }),
    });
    await pushSample(publisher.repository(repository), { tag: "1.0.0" });

    const warnings: string[] = [];
    await using client = openRegistry({
      userAgent: "test",
      credentials: async () => ({ kind: "basic", username: "me", password: "outdated" }),
      onWarning: (message) => warnings.push(message),
    });
    expect(await client.repository(repository).tags()).toEqual(["1.0.0"]);
    expect(warnings).toEqual([
      `the stored login is refused: the token service ${new URL(tokens.realm).host} of ${registry.address} answered 401 (incorrect username or password) to GET /token`,
    ]);
  });

  test("that is private asks strangers to log in", async () => {
    await using tokens = await startTokenServer({ ...policy, public: false });
    await using registry = await startDockerRegistry({ kind: "token", ...tokens });
    await using client = openRegistry({ userAgent: "test" });
    await expect(client.repository({ host: registry.address, name: "example/app" }).tags()).rejects.toMatchObject({
      code: "not-allowed",
      remedy: { kind: "login", host: registry.address },
    });
  });
});
