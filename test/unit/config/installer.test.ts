import { describe, expect, test } from "vitest";
import { parseInstaller } from "../../../src/config/installer.ts";
import { checkOverrides } from "../../../src/config/overrides.ts";
import { COSIGN_KEY, COSIGN_PUB } from "../../support/keys.ts";

const good = { id: "com.example.app", name: "Example App", repository: "ghcr.io/example/app" };
const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

describe("installer.json", () => {
  test("needs an id, a name and a repository, and fills in the rest", () => {
    expect(parseInstaller(encode(good), "installer.json")).toEqual({
      ...good,
      mirrors: [],
      version: "latest",
      channel: "stable",
      prereleases: false,
      update: { when: "launch", checkEvery: "0s", timeout: "3s", criticalTimeout: "5m" },
      interface: "console",
      keepVersions: 2,
      install: true,
      desktop: { shortcut: false, fileTypes: [], urlSchemes: [] },
    });
  });

  test("may begin with the mark that Notepad writes", () => {
    expect(parseInstaller(encode(`\uFEFF${JSON.stringify(good)}`), "x").id).toBe(good.id);
  });

  test.each([
    ["no JSON", "{ // no", "x: not JSON"],
    ["a missing id", { ...good, id: undefined }, "x: id is missing"],
    [
      "an id that is no domain name",
      { ...good, id: "app" },
      'x: id: expected a reverse domain name such as "com.example.app"',
    ],
    ["an id that is a path", { ...good, id: "../../etc.x" }, "x: id: expected a reverse domain name"],
    ["an empty name", { ...good, name: " " }, "x: name: expected a name for people to read"],
    ["a repository with a tag", { ...good, repository: "ghcr.io/a/b:1.0.0" }, "without a tag or digest"],
    ["a repository without a host", { ...good, repository: "example/app" }, "x: repository: not a reference"],
    ["a mirror that is none", { ...good, mirrors: ["a.io/b", "nothing"] }, "x: mirrors[1]: not a reference"],
    [
      "a time without a unit",
      { ...good, update: { timeout: "3" } },
      'x: update.timeout: expected a duration such as "0s", "3s", "15m" or "24h", got "3"',
    ],
    ["another way to update", { ...good, update: { when: "sometimes" } }, "x: update.when: expected"],
    [
      "too few versions to keep",
      { ...good, keepVersions: 0 },
      "x: keepVersions: expected a number of versions from 1 to 100, got 0",
    ],
    ["an entry point that leads out", { ...good, entrypoint: "../bin/app" }, "x: entrypoint: expected a relative path"],
    ["a typo", { ...good, prerelease: true }, "x: prerelease: there is no such setting"],
    ["a typo inside", { ...good, update: { whenn: "launch" } }, "x: update.whenn: there is no such setting"],
    [
      "a channel that is none",
      { ...good, channel: "2.0" },
      'x: channel: expected a channel such as "stable" or "beta"',
    ],
    ["smoke arguments that are no list", { ...good, smoke: "--version" }, "x: smoke: expected Array"],
  ])("with %s is refused, with the path of what is wrong", (_, value, message) => {
    expect(() => parseInstaller(encode(value), "x")).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(message) }),
    );
  });
});

describe("who is trusted", () => {
  const parse = (trust: unknown) => parseInstaller(encode({ ...good, trust }), "x").trust;
  const key = COSIGN_PUB.trim();

  test("is nobody unless it is said, and else whoever has one of the keys", () => {
    expect(parse(undefined)).toBeUndefined();
    expect(parse({ keys: [COSIGN_PUB] })).toEqual({
      keys: [key],
      threshold: 1,
      recovery: [],
      sequence: 0,
      channel: "optional",
    });
  });

  test.each([
    ["no keys, which would look like protection", { keys: [] }, "trust.keys: expected a key at least"],
    ["a key that is none", { keys: [key, "-----BEGIN PUBLIC KEY-----"] }, "trust.keys[1]: this is no public key"],
    ["a recovery key that is none", { keys: [key], recovery: ["key"] }, "trust.recovery[0]: this is no public key"],
    ["a private key", { keys: [COSIGN_KEY] }, "trust.keys[0]: this is"],
    ["a threshold of nobody", { keys: [key], threshold: 0 }, "trust.threshold: expected 1 or more"],
    ["more to sign than there are", { keys: [key], threshold: 2 }, "no more than there are different keys"],
    ["the same key twice for two", { keys: [key, `${key}\n`], threshold: 2 }, "no more than there are different keys"],
    ["half a key to sign", { keys: [key], threshold: 0.5 }, "trust.threshold"],
    ["another kind of channel", { keys: [key], channel: "always" }, "trust.channel: expected"],
    ["a typo", { keys: [key], treshold: 1 }, "trust.treshold: there is no such setting"],
  ])("with %s is refused", (_, trust, message) => {
    expect(() => parse(trust)).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(message) }),
    );
  });

  test("is nobody else's to say than the publisher's", () => {
    // A copy of the publisher's whole file as a person's own is no mistake.
    const own = checkOverrides({ trust: { keys: [] }, version: "1.0.0" }, "installer.json");
    expect(own).toEqual({ overrides: { version: "1.0.0" }, warnings: [] });
  });
});
