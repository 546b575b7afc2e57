import { describe, expect, test } from "vitest";
import type { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { Digest } from "../../../src/oci/digest.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { parseVersionRequest } from "../../../src/release/versionRequest.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { type Finding, findRelease, type FindOptions } from "../../../src/update/find.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSample } from "../../support/sample.ts";
import { pushSigned } from "../../support/signed.ts";
import {
  channelOf,
  type ContextOptions,
  keyringOf,
  pushChannel,
  trustOf,
  updateContext,
} from "../../support/updateContext.ts";
import { activationOf, openStore } from "../store/sample.ts";

const [key, stranger] = await Promise.all([makeKey(), makeKey()]);
const trust = trustOf(keyringOf([key]));
const signers = [key];

interface Asking extends ContextOptions {
  readonly request?: string;
  readonly installed?: string;
  readonly quarantine?: FindOptions["quarantine"];
}

async function openCase() {
  const store = await openStore();
  const storage = openMemory();
  return { ...store, storage, find: async (asking: Asking = {}) => await find(store.paths, storage, asking) };
}

async function find(
  paths: StorePaths,
  storage: TaggedStorage,
  { request = "latest", installed, quarantine = [], ...more }: Asking,
): Promise<Finding> {
  const context = updateContext(paths, { trust, ...more });
  return await findRelease(
    context,
    { name: "registry.example/app", open: async () => storage },
    {
      request: parseVersionRequest(request),
      activation: installed === undefined ? undefined : activationOf(installed),
      quarantine,
      signal: AbortSignal.timeout(60_000),
    },
  );
}

const versionOf = (finding: Finding) => (finding.kind === "found" ? finding.release.version : finding.kind);
const refused = (message: string, code: AppError["code"] = "bad-data") => ({
  code,
  message: expect.stringContaining(message) as string,
});

/** Pushes signed releases, and a document that offers them. */
async function offer(storage: TaggedStorage, versions: Readonly<Record<string, number>>, more = {}): Promise<void> {
  const releases = [];
  for (const [version, rollout] of Object.entries(versions)) {
    const { digest } = (await pushSigned(storage, { tag: version, signers })).descriptor;
    releases.push({ version, digest, rollout, critical: false });
  }
  await pushChannel(storage, channelOf({ releases, ...more }), signers);
}

describe("among the tags", () => {
  test("the newest release that is signed is taken", async () => {
    await using here = await openCase();
    for (const tag of ["1.0.0", "1.1.0"]) await pushSigned(here.storage, { tag, signers });
    expect(versionOf(await here.find())).toBe("1.1.0");
    expect(versionOf(await here.find({ installed: "1.1.0" }))).toBe("up-to-date");
  });

  test("one that nobody signed, that a stranger signed, or that is an old one under a new tag, is passed over", async () => {
    await using here = await openCase();
    const old = await pushSigned(here.storage, { tag: "1.0.0", signers });
    await pushSample(here.storage, { tag: "1.1.0" });
    await pushSigned(here.storage, { tag: "1.2.0", signers: [stranger] });
    await here.storage.tag(old.descriptor, "1.3.0");
    expect(versionOf(await here.find())).toBe("1.0.0");
    expect(versionOf(await here.find({ installed: "1.0.0" }))).toBe("up-to-date");
  });

  test("where all are refused it says why, so that another origin is asked", async () => {
    await using here = await openCase();
    await pushSample(here.storage, { tag: "1.0.0" });
    await pushSigned(here.storage, { tag: "1.1.0", signers: [stranger] });
    await expect(here.find()).rejects.toMatchObject(refused("is not signed by a key that is trusted"));
    await expect(here.find({ installed: "0.9.0" })).rejects.toMatchObject(refused("is not signed"));
    await expect(here.find({ request: "1.0.0" })).rejects.toMatchObject(refused("the release is not signed"));
  });

  test("a launcher is no program, whoever has signed it", async () => {
    await using here = await openCase();
    await pushSigned(here.storage, { tag: "1.0.0", signers, kind: "launcher" });
    await expect(here.find()).rejects.toMatchObject(refused("it is the launcher, not the program"));
  });

  test("anything goes where nobody has to sign", async () => {
    await using here = await openCase();
    await pushSample(here.storage, { tag: "1.0.0" });
    await pushSigned(here.storage, { tag: "1.1.0", signers: [stranger] });
    expect(versionOf(await here.find({ trust: undefined }))).toBe("1.1.0");
  });
});

describe("a digest that is asked for", () => {
  test("has to be signed, too, and is the version that was signed", async () => {
    await using here = await openCase();
    const signed = await pushSigned(here.storage, { tag: "1.0.0", signers });
    expect(versionOf(await here.find({ request: signed.descriptor.digest }))).toBe("1.0.0");
    const unsigned = await pushSample(here.storage, { tag: "1.1.0" });
    await expect(here.find({ request: unsigned.digest })).rejects.toMatchObject(refused("the release is not signed"));
    expect(versionOf(await here.find({ request: unsigned.digest, trust: undefined }))).not.toBe("up-to-date");
  });
});

describe("in a channel with a document", () => {
  test("only what it names is taken, and by its digest", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.0.0": 100, "1.1.0": 100 });
    await pushSigned(here.storage, { tag: "1.2.0", signers });
    // Somebody moves a tag, to what is signed as well.
    await pushSigned(here.storage, { tag: "1.1.0", signers, seed: "rebuilt" });
    const asked: string[] = [];
    const recording: TaggedStorage = {
      ...here.storage,
      fetchManifest: async (name, options) => (asked.push(name), await here.storage.fetchManifest(name, options)),
    };
    const finding = await find(here.paths, recording, {});
    expect(versionOf(finding)).toBe("1.1.0");
    expect(asked.filter((name) => !name.startsWith("sha256:"))).toEqual(["channel-stable"]);
  });

  test("a release that it names has to be signed all the same", async () => {
    await using here = await openCase();
    const { digest } = await pushSample(here.storage, { tag: "1.1.0" });
    const good = (await pushSigned(here.storage, { tag: "1.0.0", signers })).descriptor.digest;
    const release = (version: string, of: Digest) => ({ version, digest: of, rollout: 100, critical: false });
    await pushChannel(
      here.storage,
      channelOf({ releases: [release("1.1.0", digest), release("1.0.0", good)] }),
      signers,
    );
    expect(versionOf(await here.find())).toBe("1.0.0");
    await pushChannel(here.storage, channelOf({ sequence: 2, releases: [release("1.1.0", good)] }), signers);
    await expect(here.find()).rejects.toMatchObject(refused("it was signed as version 1.0.0, not as 1.1.0"));
  });

  test("a pin to one version is somebody's own decision, and is made from the tags", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.0.0": 100 }, { yanked: [{ version: "1.2.0", reason: "it loses work" }] });
    await pushSigned(here.storage, { tag: "1.2.0", signers });
    expect(versionOf(await here.find({ request: "1.2.0" }))).toBe("1.2.0");
    expect(versionOf(await here.find({ request: "^1.0" }))).toBe("1.0.0");
    // Even a document that nobody believes is no matter.
    await pushChannel(here.storage, channelOf({ sequence: 9 }), [stranger]);
    expect(versionOf(await here.find({ request: "1.2.0" }))).toBe("1.2.0");
    await expect(here.find()).rejects.toMatchObject(refused("the document of the channel stable is not signed"));
  });

  test("what was taken back is left for a lower version, and kept where there is none", async () => {
    await using here = await openCase();
    const yanked = [{ version: "1.1.0", reason: "it loses work" }];
    await offer(here.storage, { "1.0.0": 100, "1.1.0": 100 }, { yanked });
    const finding = await here.find({ installed: "1.1.0" });
    expect(finding).toMatchObject({ kind: "found", release: { version: "1.0.0", withdrawn: yanked[0] } });
    await offer(here.storage, { "1.1.0": 100 }, { sequence: 2, yanked });
    expect(versionOf(await here.find({ installed: "1.1.0" }))).toBe("up-to-date");
  });

  test("who is not among the first gets the one before", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.0.0": 100, "1.1.0": 0 });
    expect(versionOf(await here.find())).toBe("1.0.0");
    expect(versionOf(await here.find({ installed: "1.0.0" }))).toBe("up-to-date");
    expect(versionOf(await here.find({ installed: "1.1.0" }))).toBe("up-to-date");
  });

  test("that offers nothing to this computer, there is nothing to install", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.1.0": 0 });
    const message = "the channel stable of app offers nothing to this computer";
    await expect(here.find()).rejects.toMatchObject(refused(message, "not-found"));
    expect(versionOf(await here.find({ installed: "1.0.0" }))).toBe("up-to-date");
    expect(versionOf(await here.find({ installed: "1.0.0", request: "^1.0" }))).toBe("up-to-date");
    await expect(here.find({ installed: "1.0.0", request: "^2.0" })).rejects.toMatchObject(
      refused(message, "not-found"),
    );
  });

  test("a release may be critical", async () => {
    await using here = await openCase();
    const critical = async () => {
      const finding = await here.find();
      return finding.kind === "found" && finding.release.critical;
    };
    const { digest } = (await pushSigned(here.storage, { tag: "1.0.0", signers })).descriptor;
    const release = { version: "1.0.0", digest, rollout: 100, critical: false };
    await pushChannel(here.storage, channelOf({ releases: [release] }), signers);
    expect(await critical()).toBe(false);
    await pushChannel(here.storage, channelOf({ sequence: 2, releases: [{ ...release, critical: true }] }), signers);
    expect(await critical()).toBe(true);
  });
});

describe("a document that has expired", () => {
  const expires = "2026-02-02T00:00:00Z";
  const after = Date.parse("2026-03-01T00:00:00Z");

  test("changes nothing where something is installed", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.1.0": 100 }, { expires });
    expect(await here.find({ installed: "1.0.0", now: after })).toEqual({ kind: "frozen", since: expires });
    expect(versionOf(await here.find({ installed: "1.0.0", now: Date.parse("2026-02-01T00:00:00Z") }))).toBe("1.1.0");
  });

  test("is better than nothing for whoever has nothing", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.1.0": 100 }, { expires });
    expect(versionOf(await here.find({ now: after }))).toBe("1.1.0");
  });
});
