import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { describe as describeContent } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { composeChannel } from "../../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../../src/trust/dsse.ts";
import { composeDocument } from "../../../src/trust/document.ts";
import { type Attacked, openAttacked } from "../../support/attacker.ts";
import { startTestRegistry, type TestRegistry } from "../../support/registry.ts";
import { expectSuccess } from "../../support/sandbox.ts";

// TUF specification 1.5.1 "malicious mirrors": a mirror that is asked first serves what it likes, while the publisher's
// own repository is honest. The honest update arrives.

const CLOCK = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "support", "shiftedClock.cjs");

let attacked: Attacked;
let mirror: TestRegistry;
let here: ReadonlyMap<string, Descriptor>;
let first: Descriptor;

beforeAll(async () => {
  mirror = await startTestRegistry();
  attacked = await openAttacked({ settings: { mirrors: [`${mirror.server.address}/example/app`] } });
  await attacked.publish("1.0.0", "one");
  await attacked.signed(["promote", "1.0.0"]);
  await copy("1.0.0");
  await copy("channel-stable");
  first = await mirror.storage.resolve("channel-stable");
  here = await attacked.snapshot();
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
});

async function copy(tag: string): Promise<void> {
  const { sandbox } = attacked;
  expectSuccess(
    await sandbox.slipway(["copy", `${sandbox.repository}:${tag}`, `${mirror.server.address}/example/app:${tag}`]),
  );
}

test("an honest mirror is enough", async () => {
  attacked.sandbox.setFaults(() => ({ kind: "drop" }));
  expect((await attacked.start()).said).toBe("one");
  attacked.sandbox.setFaults(undefined);
});

describe("the update arrives from the repository when the mirror", () => {
  let version = 0;

  beforeEach(async () => {
    await attacked.restore(new Map([...here, ...(await attacked.snapshot())]));
    version += 1;
    await attacked.publish(`1.${version}.0`, `update ${version}`);
    await attacked.signed(["promote", `1.${version}.0`]);
  });

  test.each<[what: string, attack: () => Promise<void>]>([
    ["has no document", async () => await mirror.storage.delete("channel-stable")],
    [
      "has one that nobody signed",
      async () => {
        const { digest } = await mirror.storage.resolve("1.0.0");
        const { manifest, blobs } = composeDocument(
          composeChannel({
            id: "com.example.app",
            channel: "stable",
            sequence: 99,
            issued: new Date().toISOString(),
            releases: [{ version: "1.0.0", digest, rollout: 100, critical: false }],
            yanked: [],
          }),
        );
        for (const { descriptor, bytes } of blobs) await mirror.storage.push(descriptor, contentOf(bytes));
        await mirror.storage.push(manifest.descriptor, contentOf(manifest.bytes), { tag: "channel-stable" });
      },
    ],
    [
      "has the newest document, and other content for what it names",
      async () => {
        await copy("channel-stable");
        const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
        const descriptor = describeContent(OCI_INDEX, bytes);
        await mirror.storage.push(descriptor, contentOf(bytes), { tag: `1.${version}.0` });
      },
    ],
    [
      "has an older document than this computer has seen",
      async () => await mirror.storage.tag(first, "channel-stable"),
    ],
    [
      "has a document that has expired, and that a key has signed which is trusted",
      async () => {
        const signer = await attacked.steal("slipway.key");
        const { digest } = await mirror.storage.resolve("1.0.0");
        const at = new Date(Date.now() - 3_600_000).toISOString();
        const { manifest, blobs } = composeDocument(
          signEnvelope(
            composeChannel({
              id: "com.example.app",
              channel: "stable",
              // What the repository has by now is one more.
              sequence: version,
              issued: at,
              expires: at,
              releases: [{ version: "1.0.0", digest, rollout: 100, critical: false }],
              yanked: [],
            }),
            signer,
          ),
        );
        for (const { descriptor, bytes } of blobs) await mirror.storage.push(descriptor, contentOf(bytes));
        await mirror.storage.push(manifest.descriptor, contentOf(manifest.bytes), { tag: "channel-stable" });
        await rm(attacked.sandbox.data, { recursive: true });
        // A computer that has seen nothing newer, from a time before the mirror was one.
        await attacked.sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } });
      },
    ],
  ])("%s", async (_, attack) => {
    await attack();
    const explained = await attacked.sandbox.launch(["--launcher", "explain"]);
    expect(explained.stdout).toContain(`So the next start brings 1.${version}.0.`);
    expect((await attacked.start()).said).toBe(`update ${version}`);
    expect(attacked.logged("repository-failed").at(-1)?.["repository"]).toContain(mirror.server.address);
  });
});

test("a mirror whose document has expired is told of where the repository cannot be reached", async () => {
  await using other = await startTestRegistry();
  await using stale = await openAttacked({ settings: { mirrors: [`${other.server.address}/example/app`] } });
  const { sandbox } = stale;
  await stale.publish("1.0.0", "one");
  await stale.signed(["promote", "1.0.0", "--expires", "1h"]);
  for (const tag of ["1.0.0", "channel-stable"])
    expectSuccess(
      await sandbox.slipway(["copy", `${sandbox.repository}:${tag}`, `${other.server.address}/example/app:${tag}`]),
    );
  await stale.startSaying("one");
  sandbox.setFaults(() => ({ kind: "drop" }));
  const env = { SLIPWAY_NODE: `--require "${CLOCK}"`, SHIFT_CLOCK_MS: String(2 * 3_600_000) };
  const late = await sandbox.launch([], { env });
  expect(late).toMatchObject({ stdout: "one\n", exitCode: 0 });
  expect(late.stderr).toContain("its publisher's list of versions expired on");
  const asked = await sandbox.launch(["--launcher", "update"], { env });
  expect(asked.stdout).toContain("1.0.0 stays: the publisher's list of versions expired on");
});
