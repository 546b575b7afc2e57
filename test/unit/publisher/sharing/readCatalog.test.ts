import { describe, expect, test } from "vitest";
import { parseInstaller } from "../../../../src/config/installer.ts";
import type { Digest } from "../../../../src/oci/digest.ts";
import { openMemory } from "../../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../../src/oci/storage.ts";
import { readCatalog } from "../../../../src/publisher/sharing/readCatalog.ts";
import { formatPlatformPath } from "../../../../src/release/download.ts";
import { makeKey } from "../../../support/keys.ts";
import { pushSample, type SampleOptions } from "../../../support/sample.ts";
import { ID, pushSigned } from "../../../support/signed.ts";
import { channelOf, keyringOf, pushChannel, trustOf } from "../../../support/updateContext.ts";

const key = await makeKey();
const stranger = await makeKey();

function installer(more: Readonly<Record<string, unknown>> = {}) {
  const value = { id: ID, name: "Example App", publisher: "Example Inc.", repository: "registry.example/app", ...more };
  return parseInstaller(Buffer.from(JSON.stringify(value)), "installer.json");
}

async function read(storage: TaggedStorage, settings?: ReturnType<typeof installer>) {
  const { signal } = new AbortController();
  const catalog = await readCatalog(storage, { installer: settings, fallbackName: "app", signal });
  const downloads = catalog.downloads.map(
    ({ platform, tag }) => `${tag} ${platform === undefined ? "" : formatPlatformPath(platform)}`,
  );
  return { ...catalog, downloads };
}

async function repository(...samples: readonly SampleOptions[]): Promise<TaggedStorage> {
  const storage = openMemory();
  for (const sample of samples) await pushSample(storage, sample);
  return storage;
}

const offered = (version: string, digest: Digest, rollout = 100) => ({ version, digest, rollout, critical: false });

describe("readCatalog", () => {
  test("offers the newest launcher for each computer on which the newest release runs", async () => {
    const storage = await repository(
      { tag: "1.0.0" },
      { tag: "1.1.0", platforms: ["windows/amd64", "darwin/amd64"] },
      { tag: "2.0.0-beta.1" },
      { tag: "launcher-1.0.0", platforms: ["windows/amd64"] },
      { tag: "launcher-1.2.0", platforms: ["linux/amd64", "windows/amd64", "windows/arm64", "darwin/arm64"] },
    );
    expect(await read(storage)).toMatchObject({
      name: "app",
      version: "1.1.0",
      // A Mac with a chip of Apple's runs the program for Intel, and so does Windows on ARM.
      downloads: ["launcher-1.2.0 darwin-arm64", "launcher-1.2.0 windows-amd64", "launcher-1.2.0 windows-arm64"],
    });
  });

  test("offers the release's own files where there is no launcher", async () => {
    const storage = await repository({ tag: "v1.0.0" });
    expect(await read(storage, installer())).toMatchObject({
      name: "Example App",
      publisher: "Example Inc.",
      version: "1.0.0",
      downloads: ["v1.0.0 linux-amd64", "v1.0.0 windows-amd64"],
    });
  });

  test("offers launchers where there is no release yet", async () => {
    const storage = await repository({ tag: "launcher-1.0.0" });
    expect(await read(storage)).toMatchObject({
      version: undefined,
      downloads: ["launcher-1.0.0 linux-amd64", "launcher-1.0.0 windows-amd64"],
    });
  });

  test.each<[string, SampleOptions[]]>([
    ["an empty repository", []],
    ["a repository without versions", [{ tag: "latest" }]],
  ])("%s is an error that says what to do", async (_what, samples) => {
    await expect(read(await repository({ tag: "other" }, ...samples))).rejects.toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("slipway push --launcher"),
    });
  });

  test("passes over what nobody signed who has to, releases and launchers alike", async () => {
    const storage = await repository();
    await pushSigned(storage, { tag: "1.0.0", signers: [key] });
    await pushSigned(storage, { tag: "1.1.0", signers: [stranger] });
    await pushSample(storage, { tag: "1.2.0" });
    await pushSigned(storage, { tag: "launcher-1.0.0", kind: "launcher", version: "1.0.0", signers: [key] });
    await pushSample(storage, { tag: "launcher-9.0.0" });
    // A program that is put in a launcher's place.
    await pushSigned(storage, { tag: "launcher-8.0.0", kind: "program", version: "8.0.0", signers: [key] });
    const trust = trustOf(keyringOf([key]));
    expect(await read(storage, installer({ trust }))).toMatchObject({
      version: "1.0.0",
      downloads: ["launcher-1.0.0 linux-amd64", "launcher-1.0.0 windows-amd64"],
    });
    expect(await read(storage)).toMatchObject({ version: "1.2.0" });
  });

  test("a channel's document decides, and what it offers to few is not announced to all", async () => {
    const storage = openMemory();
    const digests = new Map<string, Digest>();
    for (const tag of ["1.0.0", "1.1.0", "1.2.0", "1.3.0"])
      digests.set(tag, (await pushSample(storage, { tag, seed: tag })).digest);
    const of = (version: string, rollout?: number) => offered(version, digests.get(version) as Digest, rollout);
    await pushChannel(
      storage,
      channelOf({
        releases: [of("1.0.0"), of("1.1.0"), of("1.2.0", 10)],
        yanked: [{ version: "1.1.0", reason: "no" }],
      }),
    );
    expect(await read(storage, installer())).toMatchObject({ version: "1.0.0" });
    expect(await read(storage)).toMatchObject({ version: "1.0.0" });
    expect(await read(storage, installer({ channel: "beta" }))).toMatchObject({ version: "1.3.0" });
  });

  test("a channel's document that launchers refuse announces no version, and keeps no launcher back", async () => {
    const storage = openMemory();
    await pushSigned(storage, { tag: "1.0.0", signers: [key] });
    await pushSigned(storage, { tag: "launcher-1.0.0", kind: "launcher", version: "1.0.0", signers: [key] });
    await pushChannel(storage, channelOf(), [stranger]);
    expect(await read(storage, installer({ trust: trustOf(keyringOf([key])) }))).toMatchObject({
      version: undefined,
      downloads: ["launcher-1.0.0 linux-amd64", "launcher-1.0.0 windows-amd64"],
    });
  });

  test("a release of which half is gone gives way to the one before", async () => {
    const storage = await repository({ tag: "1.0.0" }, { tag: "1.1.0", seed: "other" });
    const broken: TaggedStorage = {
      ...storage,
      fetchManifest: async (reference, options) =>
        await storage.fetchManifest(reference === "1.1.0" ? "9.9.9" : reference, options),
    };
    expect(await read(broken)).toMatchObject({ version: "1.0.0" });
  });

  test("a version that the launchers are pinned to is the one", async () => {
    const storage = await repository({ tag: "1.0.0" }, { tag: "1.4.0" }, { tag: "2.0.0" });
    expect(await read(storage, installer({ version: "^1.0" }))).toMatchObject({ version: "1.4.0" });
  });
});
