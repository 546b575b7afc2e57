import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Fault, faultOn } from "../../src/server/registry/faults.ts";
import { basic, CANARY, canariesBelow, canariesIn, USER } from "../support/canaries.ts";
import type { Run } from "../support/run.ts";
import { type Script, type ScriptedServer, startScriptedServer } from "../support/scriptedServer.ts";
import { forget, HURRIED, openSecretWorld, PASSWORD, type SecretWorld, THROWING } from "../support/secretWorld.ts";
import { BLOB, TAGS } from "../support/world.ts";

const { password, identity, bearer, signature, mirror, helper } = CANARY;

let world: SecretWorld;
beforeAll(async () => {
  world = await openSecretWorld();
});
afterAll(async () => await world[Symbol.asyncDispose]());
beforeEach(async () => {
  world.trouble();
  await rm(join(world.sandbox.home, "mine.jsonl"), { force: true });
  await world.keep(PASSWORD);
});

/** Has a launcher with nothing installed start. */
async function start(env: NodeJS.ProcessEnv = {}): Promise<Run> {
  await forget(world.sandbox);
  return await world.launch([], { env });
}

/** Has the CLI fetch all of it, and a launcher as well. */
async function runBoth(env: NodeJS.ProcessEnv = {}): Promise<readonly [Run, Run]> {
  const pulled = await world.slipway(["pull", `${world.repository}:1.0.0`, "-o", "out", "--force"], { env });
  return [pulled, await start(env)];
}

describe("a login that works", () => {
  test.each([
    ["a password", PASSWORD, `Basic ${basic(password)}`],
    ["an identity token", { identitytoken: identity }, new URLSearchParams({ refresh_token: identity }).toString()],
    ["a bearer token", { registrytoken: bearer }, `Bearer ${bearer}`],
    ["a credential helper", "helper", `Basic ${basic(helper)}`],
  ] as const)("with %s is where it belongs and nowhere else", async (_, login, sent) => {
    await world.keep(login);
    const runs = await runBoth();
    expect(runs).toMatchObject([{ exitCode: 0 }, { exitCode: 0, stdout: "one\n" }]);
    expect(world.received()).toContain(sent);
    expect(world.received()).toContain(`Bearer ${bearer}`);
    const told = [];
    for (const verb of ["status", "explain", "log", "versions"])
      told.push(await world.launch(["--launcher", verb]), await world.launch(["--launcher", verb, "--json"]));
    expect(told.map(({ exitCode }) => exitCode)).toEqual(told.map(() => 0));
    expect(world.leaks(...runs, ...told)).toEqual([]);
    const { data, home } = world.sandbox;
    for (const file of [join(data, "log", "launcher.jsonl"), join(data, "state.json"), join(home, "mine.jsonl")])
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const folder of [data, join(data, "log")]) expect((await stat(folder)).mode & 0o777).toBe(0o700);
    // The watch has seen them at work.
    expect(world.watch.seen()).toContain(world.sandbox.launcher);
    expect(world.watch.seen()).toMatch(/slipway|bin\.js/);
  });

  test("is told to a helper on its standard input, and to a file that only its owner may read", async () => {
    const host = world.repository.split("/")[0] ?? "";
    const args = ["login", host, "-u", USER, "--password-stdin"];
    await world.keep("helper");
    const helped = await world.slipway(args, { input: password });
    expect(world.watch.read()).toContain(JSON.stringify(password));
    const file = join(world.sandbox.home, ".docker", "config.json");
    await writeFile(file, "{}", { mode: 0o644 });
    const kept = await world.slipway(args, { input: password });
    expect([helped, kept]).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    expect(canariesBelow(world.sandbox.home, { except: [] })).toEqual([".docker/config.json: password"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(world.leaks(helped, kept)).toEqual([]);
  });

  test("is no part of the lines that link prints", async () => {
    world.openToAll(true);
    const run = await world.slipway(["link", `${world.repository}:1.0.0`]);
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Authorization: Bearer $(curl") });
    world.openToAll(false);
    expect(world.leaks(run)).toEqual([]);
  });
});

/** As registries, token services and others say it; the last is cut. */
const echoes = (secret: string): string[] => [
  errors(`no ${secret}, please`),
  secret,
  JSON.stringify({ message: `no ${secret}` }),
  `${"x".repeat(180)} ${secret}`,
];
const errors = (message: string): string => JSON.stringify({ errors: [{ code: "DENIED", message }] });
const PASSWORDS = [password, `Basic ${basic(password)}`, encodeURIComponent(password)].flatMap(echoes);
const ALL = [...[bearer, `Bearer ${bearer}`].flatMap(echoes), ...PASSWORDS];

describe("what a server echoes is not shown", () => {
  test.each([400, 401, 403, 404, 500])("by the registry, with %d", async (status) => {
    for (const body of ALL) {
      world.trouble(faultOn(TAGS, { kind: "answer", status, body }));
      const runs = [await world.slipway(["tags", world.repository]), await start()];
      for (const run of runs) expect(run.exitCode).not.toBe(0);
      expect({ body, leaks: world.leaks(...runs) }).toEqual({ body, leaks: [] });
    }
  });

  test.each([200, 400, 401, 500])("by the token service, with %d", async (status) => {
    for (const body of PASSWORDS) {
      world.trouble(undefined, () => ({ status, body }));
      const runs = await runBoth();
      for (const run of runs) expect(run.exitCode).not.toBe(0);
      expect({ body, leaks: world.leaks(...runs) }).toEqual({ body, leaks: [] });
    }
  });

  test.each<[string, Fault]>([
    ["in the place of tags", { kind: "answer", body: `Bearer ${bearer}` }],
    [
      "in its challenge",
      { kind: "answer", status: 401, body: "", headers: { "www-authenticate": `Bearer realm="${bearer}"` } },
    ],
    ["with a request to wait", { kind: "answer", status: 429, body: bearer, headers: { "retry-after": "1000000" } }],
    ["in a redirect", { kind: "redirect", to: `ftp://${USER}:${bearer}@127.0.0.1/${bearer}` }],
    ["and then hangs up", { kind: "drop" }],
    ["and then is silent", { kind: "hang" }],
  ])("%s", async (_, fault) => {
    world.trouble(faultOn(TAGS, fault));
    const runs = [await world.slipway(["tags", world.repository]), await start()];
    for (const run of runs) expect(run.exitCode).not.toBe(0);
    expect(world.leaks(...runs)).toEqual([]);
  });
});

describe("the signature in a redirect", () => {
  const refusal = `<Error><Code>SignatureDoesNotMatch</Code><Message>not ${signature}</Message></Error>`;
  const refuses: Script = () => ({ status: 403, body: refusal });
  const leads: Script = () => ({ status: 302, headers: { location: `http://127.0.0.1:1/b?sig=${signature}` } });

  test.each<[string, Script | undefined]>([
    ["to nobody", undefined],
    ["to a storage service that refuses it", refuses],
    ["to a storage service that leads elsewhere", leads],
  ])("%s stays between the two", async (_, script) => {
    await using storage: ScriptedServer = await startScriptedServer(script ?? (() => ({})));
    const to = `http://${USER}:${mirror}@${script === undefined ? "127.0.0.1:1" : storage.address}/blob`;
    world.trouble(faultOn(BLOB, { kind: "redirect", to: `${to}?X-Amz-Date=1&X-Amz-Signature=${signature}` }));
    const runs = await runBoth();
    for (const run of runs) expect(run.exitCode).not.toBe(0);
    expect(canariesIn(storage.log.join("\n"))).toEqual(script === undefined ? [] : ["signature"]);
    expect(world.leaks(...runs)).toEqual([]);
  });
});

test("an error that nobody has thought of does not print what it holds", async () => {
  const runs = await runBoth({ NODE_OPTIONS: THROWING, SLIPWAY_NODE: THROWING });
  expect(runs).toMatchObject([{ exitCode: 70 }, { exitCode: 70 }]);
  for (const { stderr } of runs) expect(stderr).toContain("this went wrong");
  expect(world.leaks(...runs)).toEqual([]);
});

test("a window's text is as free of secrets as any other, and so are its program's arguments", async () => {
  world.trouble(faultOn(TAGS, { kind: "answer", status: 403, body: errors(`no, ${bearer} is too old`) }));
  await forget(world.sandbox);
  const env = { PATH: world.watch.path, SLIPWAY_NODE: HURRIED };
  expect(await world.sandbox.open({ env })).toBe(77);
  await expect.poll(() => world.watch.seen()).toMatch(/is too old/);
  expect(world.leaks()).toEqual([]);
});
