import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/config/duration.ts";
import { readEnvironment } from "../../../src/config/environment.ts";
import { parseInstaller } from "../../../src/config/installer.ts";
import { checkOverrides } from "../../../src/config/overrides.ts";
import { resolveSettings } from "../../../src/config/settings.ts";

const installer = parseInstaller(
  new TextEncoder().encode(
    JSON.stringify({ id: "com.example.app", name: "App", repository: "a.io/app", mirrors: ["m.io/app"] }),
  ),
  "x",
);

test.each([
  ["0s", 0],
  ["500ms", 500],
  ["3s", 3000],
  ["15m", 900_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["3", undefined],
  ["-3s", undefined],
  ["3 s", undefined],
  ["1.5s", undefined],
  ["", undefined],
])("the duration %j is %s milliseconds", (text, expected) => expect(parseDuration(text)).toBe(expected));

describe("settings", () => {
  test("are the publisher's, unless a later layer says otherwise", () => {
    const beside = { source: "beside", value: { version: "^1.0", keepVersions: 5, update: { timeout: "1s" } } };
    const own = { source: "own", value: { version: "1.2.0", mirrors: ["own.io/app"], update: { checkEvery: "24h" } } };
    expect(resolveSettings(installer, [beside, own], readEnvironment({})).settings).toEqual({
      version: "1.2.0",
      versionSource: "own",
      repositories: ["own.io/app", "a.io/app"],
      channel: "stable",
      prereleases: false,
      updateWhen: "launch",
      checkEvery: 86_400_000,
      timeout: 1000,
      criticalTimeout: 300_000,
      keepVersions: 5,
    });
  });

  test("are the environment's before all", () => {
    const environment = readEnvironment({
      SLIPWAY_VERSION: "2.0.0",
      SLIPWAY_UPDATE: "off",
      SLIPWAY_MIRROR: "env.io/app",
    });
    const { settings } = resolveSettings(installer, [{ source: "own", value: { version: "1.0.0" } }], environment);
    expect(settings).toMatchObject({
      version: "2.0.0",
      versionSource: "SLIPWAY_VERSION",
      updateWhen: "off",
      repositories: ["env.io/app", "m.io/app", "a.io/app"],
    });
  });

  test("that are wrong are shown without the password that an address may have", () => {
    const { warnings } = checkOverrides({ mirrors: "https://ci:s3cret@m.io/app", version: ['c"i:s3cret@m.io'] }, "F");
    expect(warnings).toEqual([
      expect.stringMatching(/ got "https:\/\/\*\*\*@m\.io\/app"$/),
      expect.stringMatching(/\["\*\*\*@m/),
    ]);
  });

  test("that are wrong are left out one by one, with a warning each", () => {
    const { overrides, warnings } = checkOverrides(
      { version: "1.0.0", keepVersions: "two", update: { when: "launch", timeout: 3 }, mirrors: ["x"], nonsense: 1 },
      "F",
    );
    expect(overrides).toEqual({ version: "1.0.0", update: { when: "launch" } });
    expect(warnings).toEqual([
      'F: keepVersions: expected a number of versions from 1 to 100, got "two"',
      'F: update.timeout: expected a duration such as "0s", "3s", "15m" or "24h", got 3',
      'F: mirrors: expected a list of repositories such as ["registry.corp/example/app"], got ["x"]',
      "F: nonsense: there is no such setting",
    ]);
  });

  test("of the publisher's own file copied as overrides are no mistake", () => {
    expect(checkOverrides({ ...installer, $schema: "x" }, "F").warnings).toEqual([]);
  });

  test.each([[[]], ["text"], [null], [7]])("that are no object but %j are a warning", (value) => {
    expect(checkOverrides(value, "F")).toEqual({
      overrides: {},
      warnings: [expect.stringContaining("F: expected an object")],
    });
  });

  test("of the environment that are wrong are a warning", () => {
    expect(readEnvironment({ SLIPWAY_UPDATE: "yes", SLIPWAY_PROGRESS: "" })).toEqual({
      progress: "auto",
      warnings: ['SLIPWAY_UPDATE: expected launch, background, manual, off, got "yes"'],
    });
  });
});
