import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CANARY, canariesBelow, canariesIn, USER } from "../support/canaries.ts";
import { COMPANY_HOST, openCompany } from "../support/company.ts";
import { hasProgram } from "../support/peer.ts";
import { startProxy } from "../support/proxy.ts";
import { forget, HURRIED, openSecretWorld, type SecretWorld } from "../support/secretWorld.ts";

const { proxy, mirror } = CANARY;

let world: SecretWorld;
beforeAll(async () => {
  world = await openSecretWorld();
});
afterAll(async () => await world[Symbol.asyncDispose]());

describe.runIf(hasProgram("openssl"))("the login of a proxy", () => {
  test("is for the proxy alone, whether it lets us through or not", async () => {
    await using company = await openCompany();
    const { sandbox, ca, route } = company;
    await using asking = await startProxy({ login: `${USER}:${proxy}`, route });
    await using other = await startProxy({ login: `${USER}:other`, route });
    await using bad = await startProxy({ login: `${USER}:${proxy}`, route: () => 502 });
    await sandbox.build({ repository: `${COMPANY_HOST}/example/app` });
    const log = join(sandbox.home, "mine.jsonl");
    const login = `${USER}:${encodeURIComponent(proxy)}`;
    const runs = [];
    for (const address of [
      `http://${login}@${asking.address}`,
      `http://${login}@${other.address}`,
      `http://${login}@${bad.address}`,
      `http://${login}@127.0.0.1:1`,
      `https://${login}@${asking.address}`,
      `socks5://${login}@${asking.address}`,
      `http://${USER}:${proxy}@${asking.address}`,
      `http://${USER}:1/${proxy}@${asking.address}`,
    ])
      for (const SSL_CERT_FILE of [ca, ""]) {
        const env = {
          HTTPS_PROXY: address,
          SSL_CERT_FILE,
          SLIPWAY_LOG: log,
          SLIPWAY_NODE: HURRIED,
          NODE_OPTIONS: HURRIED,
        };
        const tags = await sandbox.slipway(["tags", `${COMPANY_HOST}/example/app`], { env });
        await forget(sandbox);
        runs.push(tags, await sandbox.launch([], { env }));
      }
    // The proxy that wants this very login let those through who know the certificate.
    expect(runs.map(({ exitCode }) => exitCode === 0)).toEqual(runs.map((_, index) => index < 2));
    expect(runs.flatMap(({ stdout, stderr }) => canariesIn(stdout + stderr))).toEqual([]);
    expect(canariesBelow(sandbox.directory, { except: [] })).toEqual([]);
  });
});

describe("a login in an address", () => {
  const logins = [`${USER}:${mirror}@`, `https://${USER}:${mirror}@`, `${USER}:1/${mirror}@`];

  test.each(logins)("of the publisher's CLI is not repeated: %s", async (login) => {
    const address = `${login}registry.example`;
    const runs = [];
    for (const args of [
      ["tags", `${address}/app`],
      ["link", `${address}/app:1.0.0?token=${mirror}`],
      ["copy", `${address}/app:1.0.0`, "oci:out"],
      ["login", address, "-u", USER, "--password-stdin"],
      ["logout", address],
      ["login", "registry.example", USER, mirror],
      ["tags", "registry.example/app", "--plain-http", address],
      ["tags", "registry.example/app", "--insecure", `${address}/app`],
    ])
      runs.push(await world.slipway(args, { input: mirror }));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(runs.map(() => 2));
    expect(world.leaks(...runs)).toEqual([]);
  });

  test.each(logins)("of a launcher's mirror is not repeated: %s", async (login) => {
    const { sandbox } = world;
    const address = `${login}registry.example/app`;
    const runs = [];
    for (const settings of [
      { mirrors: [address] },
      { mirrors: [address, 1] },
      { mirrors: address },
      { mirrors: [`"${address}`, 1] },
      `{"mirrors": ["${address}"`,
      `{"mirrors": [${address}]}`,
      `{"mirrors": [${mirror}@registry.example/app]}`,
      `"${address}`,
      address,
    ]) {
      await sandbox.override(settings);
      for (const args of [[], ["--launcher", "status"], ["--launcher", "explain", "--json"]])
        runs.push(await world.launch(args), await world.launch(args, { env: { SLIPWAY_MIRROR: address } }));
    }
    await sandbox.override(undefined);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(runs.map(() => 0));
    const everywhere = [...runs, await world.launch(["--launcher", "log"])];
    expect(everywhere.flatMap(({ stdout, stderr }) => canariesIn(stdout + stderr))).toEqual([]);
    expect(world.leaks()).toEqual([]);
  });
});
