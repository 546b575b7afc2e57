import { describe, expect, test } from "vitest";
import { parseInstaller } from "../../../../src/config/installer.ts";
import type { Digest } from "../../../../src/oci/digest.ts";
import { openShelf } from "../../../../src/publisher/sharing/openShelf.ts";
import { faultOn } from "../../../../src/server/registry/faults.ts";
import { makeKey } from "../../../support/keys.ts";
import { startTestRegistry, type TestRegistry } from "../../../support/registry.ts";
import { pushSample } from "../../../support/sample.ts";
import { ID, pushSigned } from "../../../support/signed.ts";
import { channelOf, keyringOf, pushChannel, trustOf } from "../../../support/updateContext.ts";

const { signal } = new AbortController();
const key = await makeKey();

async function openTestShelf(registry: TestRegistry, more: Readonly<Record<string, unknown>> = {}) {
  const value = { id: ID, name: "app", repository: "registry.example/app", ...more };
  return await openShelf(
    { kind: "registry", reference: { host: registry.server.address, name: "example/app" } },
    {
      network: registry.client,
      cwd: "/",
      installer: parseInstaller(Buffer.from(JSON.stringify(value)), "installer.json"),
      stranger: { userAgent: "test" },
    },
  );
}

describe("a release on a shelf", () => {
  test("is there by its tag, and what is no release is not", async () => {
    await using registry = await startTestRegistry();
    await pushSample(registry.storage, { tag: "1.0.0" });
    await using shelf = await openTestShelf(registry);
    expect((await shelf.readRelease("1.0.0", signal))?.map(({ fileName }) => fileName)).toEqual(["app", "app"]);
    for (const tag of ["1.0.1", "latest", "launcher-1.0.0", "channel-stable"])
      expect(await shelf.readRelease(tag, signal)).toBeUndefined();
  });

  test("is not handed out when it was taken back, or is newer than all that the channel offers", async () => {
    await using registry = await startTestRegistry();
    const digests = new Map<string, Digest>();
    for (const tag of ["1.0.0", "1.1.0", "1.2.0", "1.3.0"])
      digests.set(tag, (await pushSample(registry.storage, { tag, seed: tag })).digest);
    const offer = (version: string) => ({
      version,
      digest: digests.get(version) as Digest,
      rollout: 10,
      critical: false,
    });
    const yanked = [{ version: "1.1.0", reason: "no" }];
    await pushChannel(registry.storage, channelOf({ releases: [offer("1.1.0"), offer("1.2.0")], yanked }));
    await using shelf = await openTestShelf(registry);
    const there = async (tag: string) => (await shelf.readRelease(tag, signal)) !== undefined;
    expect([await there("1.0.0"), await there("1.1.0"), await there("1.2.0"), await there("1.3.0")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("is what the channel names, whatever its tag stands for by now", async () => {
    await using registry = await startTestRegistry();
    const promoted = await pushSample(registry.storage, { tag: "1.0.0", seed: "promoted" });
    await pushChannel(
      registry.storage,
      channelOf({ releases: [{ version: "1.0.0", digest: promoted.digest, rollout: 100, critical: false }] }),
    );
    await using shelf = await openTestShelf(registry);
    const before = await shelf.readRelease("1.0.0", signal);
    await pushSample(registry.storage, { tag: "1.0.0", seed: "other" });
    expect(await shelf.readRelease("1.0.0", signal)).toEqual(before);
  });

  test("is not there when nobody signed it who has to, and nothing of it is fetched then", async () => {
    await using registry = await startTestRegistry();
    await pushSigned(registry.storage, { tag: "1.0.0", signers: [key] });
    await pushSample(registry.storage, { tag: "1.1.0", seed: "unsigned" });
    await using shelf = await openTestShelf(registry, { trust: trustOf(keyringOf([key])) });
    expect(await shelf.readRelease("1.0.0", signal)).toHaveLength(2);
    registry.requests.length = 0;
    expect(await shelf.readRelease("1.1.0", signal)).toBeUndefined();
    const fetched = registry.requests.filter(({ path }) => /\/(?:manifests\/sha256:|blobs\/)/.test(path));
    expect(fetched).toEqual([]);
  });
});

describe("an address for strangers", () => {
  test("is asked for once, and not given where the registry does not answer a stranger", async () => {
    await using registry = await startTestRegistry();
    await pushSample(registry.storage, { tag: "1.0.0" });
    await using shelf = await openTestShelf(registry);
    const [first] = (await shelf.readRelease("1.0.0", signal)) ?? [];
    registry.requests.length = 0;
    const blob = first!.stored.blob;
    const links = await Promise.all([shelf.linkTo?.(blob, signal), shelf.linkTo?.(blob, signal)]);
    expect(links.map((link) => link?.pathname)).toEqual(Array(2).fill(`/v2/example/app/blobs/${blob.digest}`));
    await shelf.linkTo?.(blob, signal);
    expect(registry.requests).toHaveLength(1);
  });

  test("is none while the registry fails", async () => {
    await using registry = await startTestRegistry({ faults: faultOn(/GET .*blobs/, { kind: "status", status: 500 }) });
    await pushSample(registry.storage, { tag: "1.0.0" });
    await using shelf = await openTestShelf(registry);
    const [first] = (await shelf.readRelease("1.0.0", signal)) ?? [];
    expect(await shelf.linkTo?.(first!.stored.blob, signal)).toBeUndefined();
  });
});
