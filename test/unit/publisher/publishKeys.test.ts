import { expect, test } from "vitest";
import type { Installer } from "../../../src/config/installer.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { composeKeys } from "../../../src/publisher/publishKeys.ts";
import { findKeys } from "../../../src/update/findKeys.ts";
import { makeKey } from "../../support/keys.ts";
import { ID } from "../../support/signed.ts";
import { keyringOf, pushKeys, trustOf } from "../../support/updateContext.ts";

const [a, b, c] = await Promise.all([makeKey(), makeKey(), makeKey()]);
const current = keyringOf([a]);
const installer = { id: ID, trust: trustOf(current) } as unknown as Installer;

test("a statement is published as launchers find it, and one that they would refuse is not made", async () => {
  const target = openMemory();
  const next = keyringOf([b], { sequence: 1 });
  expect(() => composeKeys({ installer, target, current, next, signers: [c] })).toThrow("not signed by a key");
  await composeKeys({ installer, target, current, next, signers: [a] }).publish();
  const found = await findKeys(target, current, { tags: await target.tags(), id: ID, log: () => undefined });
  expect(found.keys.map(({ id }) => id)).toEqual([b.publicKey.id]);
});

test("somebody else's of the same number is not written over", async () => {
  const target = openMemory();
  const publication = composeKeys({ installer, target, current, next: keyringOf([b], { sequence: 1 }), signers: [a] });
  await pushKeys(target, keyringOf([c], { sequence: 1 }), { signer: a });
  await expect(publication.publish()).rejects.toMatchObject({
    code: "temporary",
    message: "somebody else has replaced the keys at the same time",
  });
  const found = await findKeys(target, current, { tags: await target.tags(), id: ID, log: () => undefined });
  expect(found.keys.map(({ id }) => id)).toEqual([c.publicKey.id]);
});

test("somebody else who writes over it a moment later is told of", async () => {
  const storage = openMemory();
  const target: TaggedStorage = {
    ...storage,
    resolve: async (tag) => {
      await pushKeys(storage, keyringOf([c], { sequence: 1 }), { signer: a });
      return await storage.resolve(tag);
    },
  };
  const publication = composeKeys({ installer, target, current, next: keyringOf([b], { sequence: 1 }), signers: [a] });
  await expect(publication.publish()).rejects.toMatchObject({ code: "temporary" });
});
