import { describe, expect, test } from "vitest";
import { pushSample } from "../../support/sample.ts";
import { pushSigned } from "../../support/signed.ts";
import { openCase, refused, signers, stranger, versionOf } from "./findCase.ts";

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
