import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openMemory } from "../../../src/oci/memory.ts";
import { parseVersionRequest } from "../../../src/release/versionRequest.ts";
import { writeActivation } from "../../../src/store/activate.ts";
import { readUsableActivation } from "../../../src/store/usable.ts";
import { readInstalled } from "../../../src/store/versions.ts";
import { repair } from "../../../src/update/repair.ts";
import { confirmVersion, goBack, quarantineVersion } from "../../../src/update/rollBack.ts";
import { update } from "../../../src/update/update.ts";
import { noise } from "../../support/bytes.ts";
import { pushSample } from "../../support/sample.ts";
import { channelOf, pushChannel, updateContext } from "../../support/updateContext.ts";
import { watchDisk } from "../store/disk.ts";
import { openStore } from "../store/sample.ts";

const patience = { waitForLock: 0, deadline: 60_000 };

/** A repository whose releases hold what they are pushed with, and a computer that asks it. */
async function openCase() {
  const store = await openStore();
  const registry = openMemory();
  const context = updateContext(store.paths, { open: async () => registry });
  return {
    ...store,
    registry,
    context,
    push: async (tag: string, seed: string) => await pushSample(registry, { tag, seed, platforms: ["linux/amd64"] }),
    async start(request = "latest") {
      const result = await update(context, {
        request: parseVersionRequest(request),
        requestText: request,
        ...patience,
      });
      const activation = readUsableActivation(store.paths);
      if (result.kind === "activated") await confirmVersion(context, result.activation.current);
      return { ...result, current: activation?.current.version, previous: activation?.previous?.version };
    },
  };
}

describe("a release with the content of the version that is installed", () => {
  test("is what is installed from then on, without being fetched or watched again", async () => {
    await using here = await openCase();
    await here.push("1.0.0", "old");
    await here.start();
    await here.push("1.1.0", "same");
    await here.start();
    await here.push("1.1.1", "same");
    expect(await here.start()).toMatchObject({
      kind: "activated",
      from: "1.1.0",
      activation: { confirmed: true },
      current: "1.1.1",
      previous: "1.0.0",
    });
    const installed = here.context.logged.filter(({ event }) => event === "installed");
    expect(installed.map(({ version }) => version)).toEqual(["1.0.0", "1.1.0"]);
    expect(readInstalled(here.paths).map(({ version }) => version)).toContain("1.1.1");
    expect(await here.start()).toMatchObject({ kind: "up-to-date", current: "1.1.1" });
  });

  test.each(["1.0.9", "1.1.1"])("takes the place of one that was taken back, as %s", async (other) => {
    await using here = await openCase();
    const digest = await here.push("1.1.0", "same");
    const release = (version: string, { digest: of }: typeof digest) => ({
      version,
      digest: of,
      rollout: 100,
      critical: false,
    });
    await pushChannel(here.registry, channelOf({ releases: [release("1.1.0", digest)] }));
    await here.start();
    const releases = [release("1.1.0", digest), release(other, await here.push(other, "same"))];
    const yanked = [{ version: "1.1.0", reason: "its number is wrong" }];
    await pushChannel(here.registry, channelOf({ sequence: 2, releases, yanked }));
    expect(await here.start()).toMatchObject({ kind: "activated", withdrawn: "its number is wrong", current: other });
    expect(await here.start()).toMatchObject({ kind: "up-to-date", current: other });
  });

  test("is installed although the launcher was killed between the version's record and active.json", async () => {
    await using here = await openCase();
    await here.push("1.0.0", "same");
    await here.start();
    await here.push("1.0.1", "same");
    {
      using _disk = await watchDisk(async ({ name, to }) => {
        if (name === "rename" && to === here.paths.activation) throw new Error("killed");
      });
      expect(await here.start()).toMatchObject({ kind: "failed", current: "1.0.0" });
    }
    expect(await here.start()).toMatchObject({ kind: "activated", current: "1.0.1" });
  });

  test("is gone back from to other content", async () => {
    await using here = await openCase();
    for (const [version, seed] of [
      ["1.0.0", "old"],
      ["1.1.0", "same"],
      ["1.1.1", "same"],
    ] as const) {
      await here.push(version, seed);
      await here.start();
    }
    expect(await goBack(here.context, patience)).toMatchObject({
      from: "1.1.1",
      activation: { current: { version: "1.0.0" } },
    });
  });

  test("leaves no damaged copy behind when it is repaired", async () => {
    await using here = await openCase();
    await here.push("1.0.0", "same");
    await here.start();
    await here.push("1.0.1", "same");
    await here.start();
    const program = (): string => {
      const [only, ...others] = readInstalled(here.paths);
      if (only === undefined || others.length > 0) throw new Error("not one version");
      return join(here.paths.versions, only.directory, only.executable);
    };
    const right = await readFile(program());
    await writeFile(program(), noise(right.byteLength, "damage"));
    expect(await repair(here.context, patience)).toMatchObject([{ version: "1.0.1", outcome: "fetched" }]);
    expect(right.equals(await readFile(program()))).toBe(true);
    expect(readUsableActivation(here.paths)?.current).toEqual(readInstalled(here.paths)[0]);
  });
});

test("a version of which active.json alone still has the old number is called by its own", async () => {
  await using here = await openCase();
  await here.push("1.0.0", "same");
  await here.start();
  const before = readUsableActivation(here.paths);
  await here.push("1.0.1", "same");
  await here.start();
  if (before === undefined) throw new Error("nothing runs");
  await writeActivation(here.paths, before);
  await rm(here.paths.state, { force: true });
  expect(await here.start("1.0.1")).toMatchObject({ kind: "activated", current: "1.0.1" });
});

describe("a release with the content of one that is left out here", () => {
  test("is left out too, for a lower one that is not, until somebody asks for it", async () => {
    await using here = await openCase();
    await here.push("1.0.0", "old");
    await here.start();
    await here.push("1.1.0", "bad");
    await here.start();
    await goBack(here.context, patience);
    await here.push("1.1.1", "bad");
    expect(await here.start()).toMatchObject({ kind: "up-to-date", current: "1.0.0" });
    expect(here.context.logged).toContainEqual({
      event: "left-out",
      version: "1.1.1",
      reason: "it is the same as 1.1.0, which is left out: you went back from it",
    });
    await here.push("1.0.5", "better");
    expect(await here.start()).toMatchObject({ kind: "activated", current: "1.0.5" });
    expect(await here.start("1.1.1")).toMatchObject({ kind: "activated", current: "1.1.1" });
  });

  test("is no version to begin with", async () => {
    await using here = await openCase();
    await here.push("1.1.0", "bad");
    await here.start();
    const bad = readInstalled(here.paths)[0];
    if (bad === undefined) throw new Error("nothing was installed");
    await quarantineVersion(here.context, bad, "it crashed");
    await rm(here.paths.activation);
    await rm(here.paths.versions, { recursive: true });
    await here.push("1.1.1", "bad");
    expect(await here.start()).toMatchObject({
      kind: "failed",
      error: { code: "not-found", message: expect.stringContaining("version 1.1.1 is left out") },
    });
  });
});
