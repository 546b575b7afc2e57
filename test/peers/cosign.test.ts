import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { findGoProgram } from "../support/goProgram.ts";
import { COSIGN_KEY, COSIGN_PASSWORD, COSIGN_PUB } from "../support/keys.ts";
import { hasProgram } from "../support/peer.ts";
import { digestOf, makeStranger, putIndex, writeInstaller } from "../support/publisher.ts";
import { run, type Run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const program = findGoProgram("cosign");
const here = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
// No service of the world's is asked, and no log.
const ALONE = ["--tlog-upload=false", "--use-signing-config=false", "-y"];

async function cosign(sandbox: Sandbox, ...args: readonly string[]): Promise<Run> {
  const env = { HOME: sandbox.home, PATH: process.env["PATH"], COSIGN_PASSWORD };
  return await run(program ?? "", args, { cwd: sandbox.directory, env });
}

interface Place extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly repository: string;
}

/** A publisher with cosign's keys, and a repository at a registry that has the Referrers API, or has it not. */
async function openPlace(registry: string): Promise<Place> {
  const sandbox = await openSandbox();
  await writeFile(join(sandbox.directory, "cosign.key"), COSIGN_KEY, { mode: 0o600 });
  await writeFile(join(sandbox.directory, "cosign.pub"), COSIGN_PUB);
  await makeStranger(sandbox);
  const docker = registry === DEBIANS ? await startDockerRegistry() : undefined;
  return {
    sandbox,
    repository: docker === undefined ? sandbox.repository : `${docker.address}/example/app`,
    async [Symbol.asyncDispose]() {
      await docker?.[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

const DEBIANS = "Debian's docker-registry";
const REGISTRIES = ["our registry", ...(hasProgram("docker-registry") ? [DEBIANS] : [])];

async function publish(
  { sandbox, repository }: Place,
  version: string,
  word: string,
  ...args: string[]
): Promise<string> {
  await writeFile(join(sandbox.directory, "app"), `#!/bin/sh\necho ${word}\n`, { mode: 0o755 });
  expectSuccess(await sandbox.slipway(["push", `${repository}:${version}`, `${here}=app`, ...args]));
  return `${repository}@${await digestOf(sandbox, `${repository}:${version}`)}`;
}

const FORMATS = [
  ["signature, under its own tag", ["--new-bundle-format=false"]],
  ["bundle, which refers to the release", ["--new-bundle-format=true"]],
] as const;
const CASES = REGISTRIES.flatMap((registry) => FORMATS.map(([format, options]) => ({ registry, format, options })));

describe.runIf(program !== undefined)("what cosign has signed with a key", () => {
  test.each(CASES)(
    "at $registry, as a $format: verify believes it, and so does a launcher",
    async ({ registry, options }) => {
      await using place = await openPlace(registry);
      const { sandbox, repository } = place;
      const first = await publish(place, "1.0.0", "one");
      expectSuccess(await cosign(sandbox, "sign", "--key", "cosign.key", ...ALONE, ...options, first));

      const verify = async (version: string, key: string) =>
        await sandbox.slipway(["verify", `${repository}:${version}`, "--key", key]);
      expect(await verify("1.0.0", "cosign.pub")).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/signed by [0-9a-f]{12} as 1\.0\.0, with cosign\n$/),
      });
      expect(await verify("1.0.0", "stranger.pub")).toMatchObject({ exitCode: 65 });

      await sandbox.build({ repository, trust: { keys: [COSIGN_PUB] } });
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
      // What nobody signed is passed over, and what is signed is taken again.
      await publish(place, "1.1.0", "evil");
      expect(await verify("1.1.0", "cosign.pub")).toMatchObject({ exitCode: 65 });
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
      const second = await publish(place, "1.2.0", "two");
      expectSuccess(await cosign(sandbox, "sign", "--key", "cosign.key", ...ALONE, ...options, second));
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
      // An old release under a new tag is signed, but not as that.
      await putIndex(repository, { from: "1.0.0", to: "1.3.0" });
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
      expect(await readFile(join(sandbox.data, "log", "launcher.jsonl"), "utf8")).toContain("is over 1.0.0, not 1.3.0");
    },
  );

  test("may say a version and a program along with it, which count", async () => {
    await using place = await openPlace("our registry");
    const { sandbox, repository } = place;
    const digest = await publish(place, "1.0.0", "one");
    const said = ["-a", "version=2.0.0", "-a", "id=com.example.app"];
    const options = [...ALONE, "--new-bundle-format=false", ...said];
    expectSuccess(await cosign(sandbox, "sign", "--key", "cosign.key", ...options, digest));
    const verify = async (version: string, id: string) =>
      await sandbox.slipway(["verify", `${repository}:${version}`, "--key", "cosign.pub", "--id", id]);
    expect(await verify("1.0.0", "com.example.app")).toMatchObject({ exitCode: 65 });
    await putIndex(repository, { from: "1.0.0", to: "2.0.0" });
    expect(await verify("2.0.0", "com.example.app")).toMatchObject({ exitCode: 0 });
    expect(await verify("2.0.0", "com.example.other")).toMatchObject({ exitCode: 65 });
  });
});

describe.runIf(program !== undefined)("what we sign for cosign", () => {
  const KEYS = [
    { kind: "an Ed25519 key of ours", name: "ours", type: "ed25519" },
    { kind: "an ECDSA key of ours", name: "ours", type: "ecdsa-p256" },
    { kind: "cosign's own encrypted key", name: "cosign", type: undefined },
  ];
  const verify = async (sandbox: Sandbox, key: string, reference: string) =>
    await cosign(sandbox, "verify", "--key", key, "--insecure-ignore-tlog", reference);

  test.each(REGISTRIES.flatMap((registry) => KEYS.map(({ kind, name, type }) => ({ registry, kind, name, type }))))(
    "at $registry, with $kind: cosign verify believes it, until something is changed",
    async ({ registry, name, type }) => {
      await using place = await openPlace(registry);
      const { sandbox, repository } = place;
      if (type !== undefined) await makeStranger(sandbox, name, type);
      const pub = await readFile(join(sandbox.directory, `${name}.pub`), "utf8");
      await writeInstaller(sandbox, { repository, trust: { keys: [pub, COSIGN_PUB] } });
      const env = { COSIGN_PASSWORD };
      await publish(place, "1.0.0", "one");
      const sign = ["sign", `${repository}:1.0.0`, "--key", `${name}.key`, "--cosign"];
      expectSuccess(await sandbox.slipway(sign, { env }));
      const first = await verify(sandbox, `${name}.pub`, `${repository}:1.0.0`);
      expect(first).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining("verified against the specified public key"),
      });
      expect(await verify(sandbox, "stranger.pub", `${repository}:1.0.0`)).not.toMatchObject({ exitCode: 0 });
      // Ours is there beside it, and signing again changes nothing.
      expectSuccess(await sandbox.slipway(["verify", `${repository}:1.0.0`, "--key", `${name}.pub`]));
      const tags = await sandbox.slipway(["tags", repository, "--json"]);
      expectSuccess(await sandbox.slipway(sign, { env }));
      expect(await sandbox.slipway(["tags", repository, "--json"])).toEqual(tags);

      await putIndex(repository, { from: "1.0.0", to: "1.0.0", change: (index) => ({ ...index, manifests: [] }) });
      expect(await verify(sandbox, `${name}.pub`, `${repository}:1.0.0`)).not.toMatchObject({ exitCode: 0 });
    },
  );

  test("is beside what cosign itself has signed there, and in one step with push", async () => {
    await using place = await openPlace("our registry");
    const { sandbox, repository } = place;
    await makeStranger(sandbox, "ours");
    const pub = await readFile(join(sandbox.directory, "ours.pub"), "utf8");
    await writeInstaller(sandbox, { trust: { keys: [pub, COSIGN_PUB] } });
    const digest = await publish(place, "1.0.0", "one", "--sign-key", "ours.key", "--cosign");
    expectSuccess(await verify(sandbox, "ours.pub", digest));
    expect(await verify(sandbox, "cosign.pub", digest)).not.toMatchObject({ exitCode: 0 });
    expectSuccess(await cosign(sandbox, "sign", "--key", "cosign.key", ...ALONE, "--new-bundle-format=false", digest));
    expectSuccess(await verify(sandbox, "cosign.pub", digest));
    expectSuccess(await sandbox.slipway(["verify", `${repository}:1.0.0`, "--key", "cosign.pub"]));
    // And the other way round.
    const other = await publish(place, "1.1.0", "two");
    expectSuccess(await cosign(sandbox, "sign", "--key", "cosign.key", ...ALONE, "--new-bundle-format=false", other));
    const before = await sandbox.slipway(["verify", other, "--key", "cosign.pub"]);
    expect(before).toMatchObject({ exitCode: 0 });
    expectSuccess(await sandbox.slipway(["sign", "1.1.0", "--key", "ours.key", "--cosign"]));
    expectSuccess(await verify(sandbox, "ours.pub", `${repository}:1.1.0`));
  });
});
