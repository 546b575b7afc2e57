import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { CODING, TITLE, UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { contentOf, type TaggedStorage } from "../../../src/oci/storage.ts";
import { composePlatformManifest } from "../../../src/release/compose.ts";
import { fetchLauncher } from "../../../src/update/findLauncher.ts";
import { blobOf } from "../../support/bytes.ts";
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

describe("a launcher that lies beside itself in fewer bytes", () => {
  const program = Buffer.from("#!/bin/sh\nexec true\n".repeat(500));
  const short = zstdCompressSync(program);
  const other = zstdCompressSync(Buffer.from("#!/bin/sh\nexec false\n".repeat(500)));
  const bomb = zstdCompressSync(Buffer.alloc(50_000_000));

  /** What is beside it, and what it claims to be of. */
  interface Beside {
    readonly bytes: Uint8Array;
    readonly of?: string;
    readonly coding?: string;
    /** Whether the registry has it. */
    readonly gone?: true;
  }

  async function fetchWith({ bytes, of = digestOf(program), coding = "zstd", gone }: Beside) {
    await using store = await openStore();
    const storage = openMemory();
    const plain = { ...blobOf(program), annotations: { [TITLE]: "app" } };
    const annotations = {
      [CODING]: coding,
      [UNCOMPRESSED_DIGEST]: of,
      [UNCOMPRESSED_SIZE]: String(program.byteLength),
    };
    const coded = { ...blobOf(bytes), annotations };
    const platform = parsePlatform("linux/amd64");
    const manifest = composePlatformManifest({ platform, layers: [plain, coded], entrypoint: "app", compat: false });
    await storage.push(plain, contentOf(program));
    if (gone === undefined) await storage.push(coded, contentOf(bytes));
    await storage.push(manifest.descriptor, contentOf(manifest.bytes), { tag: "launcher-1.1.0" });
    const fetched: Digest[] = [];
    const source: TaggedStorage = {
      ...storage,
      fetch(descriptor, options) {
        if (descriptor.digest !== manifest.descriptor.digest) fetched.push(descriptor.digest);
        return storage.fetch(descriptor, options);
      },
    };
    const directory = join(store.paths.root, "published");
    await mkdir(directory, { recursive: true });
    const found = await fetchLauncher(
      updateContext(store.paths),
      { name: "registry.example/app", open: async () => source },
      { installed: "1.0.0", signal: AbortSignal.timeout(60_000), directory, onFetch: () => undefined },
    );
    expect(found).toMatchObject({ version: "1.1.0", file: "app" });
    expect(readdirSync(directory)).toEqual(["app"]);
    expect(program.equals(readFileSync(join(directory, "app")))).toBe(true);
    expect(readdirSync(join(store.paths.blobs, "sha256"))).toEqual([]);
    return fetched;
  }

  test("comes so, and the whole is left where it is", async () => {
    expect(await fetchWith({ bytes: short })).toEqual([digestOf(short)]);
  });

  test.each<[string, Beside, tried: boolean]>([
    ["something else comes out of it", { bytes: other }, true],
    ["more comes out of it than there is of the launcher", { bytes: bomb }, true],
    ["it is no zstd", { bytes: Buffer.from("nothing") }, true],
    ["it is gone", { bytes: short, gone: true }, true],
    ["it is another file's", { bytes: short, of: digestOf(short) }, false],
    ["it is in another coding", { bytes: short, coding: "br" }, false],
    ["it has more bytes", { bytes: Buffer.concat([short, Buffer.alloc(program.byteLength)]) }, false],
  ])("comes whole where %s", async (_, beside, tried) => {
    const first = tried ? [digestOf(beside.bytes)] : [];
    expect(await fetchWith(beside)).toEqual([...first, digestOf(program)]);
  });
});
