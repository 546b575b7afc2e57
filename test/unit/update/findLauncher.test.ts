import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { fetchLauncher } from "../../../src/update/findLauncher.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSigned } from "../../support/signed.ts";
import { keyringOf, trustOf, updateContext } from "../../support/updateContext.ts";
import { openStore } from "../store/sample.ts";

const key = await makeKey();
const gone = new AppError("not-found", "it is not there");
const odd = new AppError("bad-data", "expected an image manifest or index");

/** Looks for a launcher where those with these versions are, and the newest is in this trouble. */
async function look(versions: readonly string[], trouble: AppError) {
  await using store = await openStore();
  const storage = openMemory();
  for (const version of versions)
    await pushSigned(storage, { tag: `launcher-${version}`, version, kind: "launcher", signers: [key] });
  const newest = `launcher-${versions.at(-1) ?? ""}`;
  const source: TaggedStorage = {
    ...storage,
    fetchManifest: async (name, options) =>
      name === newest ? await Promise.reject(trouble) : await storage.fetchManifest(name, options),
  };
  const directory = join(store.paths.root, "published");
  await mkdir(directory, { recursive: true });
  const context = updateContext(store.paths, { trust: trustOf(keyringOf([key])) });
  const fetching: string[] = [];
  const found = await fetchLauncher(
    context,
    { name: "registry.example/app", open: async () => source },
    {
      installed: "1.0.0",
      signal: AbortSignal.timeout(60_000),
      directory,
      onFetch: (version) => fetching.push(version),
    },
  ).catch((error: unknown) => error);
  return { found, fetching, logged: context.logged };
}

test.each([gone, odd])("a newest launcher that cannot be read is passed over for the next: $code", async (trouble) => {
  expect(await look(["1.1.0", "1.2.0"], trouble)).toMatchObject({
    found: { version: "1.1.0" },
    fetching: ["1.2.0", "1.1.0"],
    logged: [{ event: "left-out", version: "launcher-1.2.0", reason: trouble.message }],
  });
});

test("where there is no other it says why, and of which", async () => {
  expect(await look(["1.0.0", "1.1.0"], odd)).toMatchObject({ found: odd, fetching: ["1.1.0", "1.1.0"] });
});

test("a registry that does not answer ends it", async () => {
  const down = new AppError("unavailable", "no answer");
  expect((await look(["1.1.0", "1.2.0"], down)).found).toBe(down);
});
