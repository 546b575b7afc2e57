import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { pushSample } from "../../support/sample.ts";
import { pushSigned } from "../../support/signed.ts";
import { find, offer, openCase, refused, signers, stranger, versionOf } from "./findCase.ts";

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

/** The repository, in which whatever this says of a reference comes to pass. */
function troubled(storage: TaggedStorage, trouble: (reference: string) => AppError | undefined): TaggedStorage {
  const check = (reference: string): void => {
    const error = trouble(reference);
    if (error !== undefined) throw error;
  };
  return {
    ...storage,
    fetchManifest: async (reference, options) => (check(reference), await storage.fetchManifest(reference, options)),
    fetch: (descriptor, options) => (check(descriptor.digest), storage.fetch(descriptor, options)),
  };
}

describe("a release of which something is missing, or is something else", () => {
  const gone = new AppError("not-found", "it is not there");
  const odd = new AppError("bad-data", "expected an image manifest or index");

  test.each([
    ["its tag leads nowhere", "1.2.0", gone],
    ["its tag holds no manifest", "1.2.0", odd],
    ["half of it was deleted", "platform", gone],
    ["half of it is something else", "platform", odd],
  ])("is passed over: %s", async (_, what, error) => {
    await using here = await openCase();
    for (const tag of ["1.0.0", "1.1.0"]) await pushSigned(here.storage, { tag, signers });
    await pushSigned(here.storage, { tag: "1.2.0", signers, seed: "newest" });
    const { bytes } = await here.storage.fetchManifest("1.2.0");
    const { manifests } = JSON.parse(Buffer.from(bytes).toString()) as { manifests: { digest: string }[] };
    const lost = what === "platform" ? manifests[0]?.digest : what;
    const broken = troubled(here.storage, (reference) => (reference === lost ? error : undefined));
    const refused = { version: "1.2.0", error };
    for (const more of [{}, { trust: undefined }]) {
      const found = await find(here.paths, broken, { ...more, installed: "1.0.0" });
      expect(found).toMatchObject({ kind: "found", release: { version: "1.1.0" }, refused });
      const stays = await find(here.paths, broken, { ...more, installed: "1.1.0" });
      expect(stays).toEqual({ kind: "up-to-date", refused });
      await expect(find(here.paths, broken, { ...more, request: "1.2.0" })).rejects.toBe(error);
    }
  });

  test("is passed over where a document names its digest", async () => {
    await using here = await openCase();
    await offer(here.storage, { "1.0.0": 100, "1.1.0": 100 });
    const { digest } = await here.storage.resolve("1.1.0");
    const broken = troubled(here.storage, (reference) => (reference === digest ? gone : undefined));
    expect(versionOf(await find(here.paths, broken, {}))).toBe("1.0.0");
  });

  test("is told from a registry that does not answer, which ends it", async () => {
    await using here = await openCase();
    for (const tag of ["1.0.0", "1.1.0"]) await pushSigned(here.storage, { tag, signers });
    for (const code of ["unavailable", "not-allowed", "temporary"] as const) {
      const down = troubled(here.storage, (name) => (name === "1.1.0" ? new AppError(code, "trouble") : undefined));
      await expect(find(here.paths, down, {})).rejects.toMatchObject({ code });
    }
  });

  test("has so many looked at, and no more", async () => {
    await using here = await openCase();
    const names = Array.from({ length: 40 }, (_, number) => `1.${number}.0`);
    const asked: string[] = [];
    const endless = troubled({ ...here.storage, tags: async () => names }, (name) => (asked.push(name), gone));
    await expect(find(here.paths, endless, {})).rejects.toBe(gone);
    expect(asked).toEqual(names.toReversed().slice(0, 20));
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

  test("is no version that only calls itself one: a folder gets that name, and people read it", async () => {
    await using here = await openCase();
    const { digest } = await pushSample(here.storage, { tag: "../../evil \u001b[2J" });
    const found = await here.find({ request: digest, trust: undefined });
    expect(versionOf(found)).toMatch(/^[0-9a-f]{12}$/);
    const good = await pushSample(here.storage, { tag: "v1.0.0+7" });
    expect(versionOf(await here.find({ request: good.digest, trust: undefined }))).toBe("1.0.0+7");
  });
});
