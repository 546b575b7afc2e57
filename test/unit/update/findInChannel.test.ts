import { describe, expect, test } from "vitest";
import type { Digest } from "../../../src/oci/digest.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { pushSample } from "../../support/sample.ts";
import { pushSigned } from "../../support/signed.ts";
import { channelOf, pushChannel } from "../../support/updateContext.ts";
import { find, offer, openCase, refused, signers, stranger, versionOf } from "./findCase.ts";

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
    expect(await here.find({ installed: "1.0.0", now: after })).toMatchObject({ kind: "frozen", since: expires });
    expect(versionOf(await here.find({ installed: "1.0.0", now: Date.parse("2026-02-01T00:00:00Z") }))).toBe("1.1.0");
  });

  test("is better than nothing for whoever has nothing", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.1.0": 100 }, { expires });
    expect(versionOf(await here.find({ now: after }))).toBe("1.1.0");
  });
});
