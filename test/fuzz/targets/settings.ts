import { deepEqual, equal, ok } from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment } from "../../../src/config/environment.ts";
import { parseInstaller } from "../../../src/config/installer.ts";
import { checkOverrides } from "../../../src/config/overrides.ts";
import { resolveSettings } from "../../../src/config/settings.ts";
import { encodeConfiguration } from "../../../src/packaging/stamp.ts";
import { dockerCredentials } from "../../../src/registry/credentials.ts";
import { eraseLogin, storeLogin } from "../../../src/registry/dockerConfig.ts";
import { jsonTarget, linesOf, polite, politely, type Target, target } from "../target.ts";
import { generateKeyPair } from "../../../src/trust/privateKey.ts";
import { fileWith, workplace } from "../workplace.ts";

const INSTALLER = {
  id: "com.example.app",
  name: "Example",
  repository: "ghcr.io/example/app",
  mirrors: ["registry.corp/example/app", "oci:layout"],
  version: "^1.4",
  channel: "beta",
  update: { when: "background", checkEvery: "24h", timeout: "3s" },
  trust: { keys: [generateKeyPair("ed25519", undefined).publicPem], recovery: [], threshold: 1 },
  entrypoint: "bin/app",
  keepVersions: 3,
  smoke: ["--version"],
  desktop: { fileTypes: [{ extension: ".Example", mimeType: "application/x-example" }], urlSchemes: ["example"] },
  launcherVersion: "1.0.0",
  sign: { windows: "sign {file}" },
};
const OVERRIDES = {
  mirrors: ["a/b"],
  version: "1",
  update: { when: "manual", timeout: "1m" },
  keepVersions: 1,
  id: "x",
};
const PARSED = parseInstaller(Buffer.from(JSON.stringify(INSTALLER)), "installer.json");
const HOSTS = ["ghcr.io", "docker.io", "localhost:5000", "constructor"];
const LOGIN = { username: "u", password: "a:b" };

/** What publishers, admins and people set, and the file in which Docker keeps logins. */
export const settings: readonly Target[] = [
  target("installer", [INSTALLER, { id: "a.b", name: "x", repository: "ghcr.io/a/b" }], (bytes) => {
    const installer = parseInstaller(bytes, "installer.json");
    deepEqual(parseInstaller(Buffer.from(JSON.stringify(installer)), "again"), installer);
    const encoded = polite(() => encodeConfiguration(installer));
    if (encoded !== undefined) deepEqual(JSON.parse(encoded.toString("latin1")), JSON.parse(JSON.stringify(installer)));
  }),
  jsonTarget("overrides", [OVERRIDES, INSTALLER, []], (value) => {
    const { overrides } = checkOverrides(value, "mine");
    deepEqual(checkOverrides(overrides, "again"), { overrides, warnings: [] });
    const environment = readEnvironment({});
    const { settings } = resolveSettings(PARSED, [{ source: "mine", value }], environment);
    for (const ms of [settings.timeout, settings.checkEvery, settings.criticalTimeout]) ok(Number.isSafeInteger(ms));
    ok(settings.keepVersions >= 1);
  }),
  target(
    "environment",
    ["SLIPWAY_VERSION=^1\nSLIPWAY_CHANNEL=beta\nSLIPWAY_UPDATE=off\nSLIPWAY_PROGRESS=never\nSLIPWAY_LOG=off"],
    (bytes) => {
      const env = Object.fromEntries(linesOf(bytes).map((line) => line.split(/=(.*)/s, 2) as [string, string]));
      resolveSettings(PARSED, [], readEnvironment(env));
    },
  ),
  target(
    "docker-config",
    [
      { auths: { "ghcr.io": { auth: "dTpw" }, "https://index.docker.io/v1/": { identitytoken: "t" } } },
      { auths: { "LOCALHOST:5000": { username: "a", password: "b" }, "ghcr.io": {} }, credHelpers: { "ghcr.io": "" } },
      { credsStore: "nobody", credHelpers: { "docker.io": "../x" }, auths: { "ghcr.io": { registrytoken: "x" } } },
    ],
    async (bytes) => {
      const file = fileWith(bytes, "docker", "config.json");
      const options = { env: { DOCKER_CONFIG: join(workplace(), "docker"), PATH: "" }, home: workplace() };
      const credentials = dockerCredentials(options);
      for (const host of HOSTS) await credentials(host);
      const kept = await politely(() => storeLogin("ghcr.io", LOGIN, options));
      if (kept?.kind === "file") deepEqual(await credentials("ghcr.io"), { kind: "basic", ...LOGIN });
      await politely(() => eraseLogin("ghcr.io", options));
      if (kept?.kind === "file") equal(await credentials("ghcr.io"), undefined);
      rmSync(file, { force: true });
    },
  ),
];
