import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { makeDelta } from "../../../src/delta/make/makeDelta.ts";
import { DELTA_FROM, DELTA_TO } from "../../../src/oci/annotations.ts";
import { describe, type Descriptor } from "../../../src/oci/descriptor.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { APP_DELTA } from "../../../src/oci/mediaTypes.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type TaggedStorage } from "../../../src/oci/storage.ts";
import { composeIndex, composePlatformManifest } from "../../../src/release/compose.ts";
import { packDirectory, packFile, type Packed } from "../../../src/release/pack.ts";
import { listTree, tarTree } from "../../../src/release/tree.ts";
import { readInstalled } from "../../../src/store/versions.ts";
import { update } from "../../../src/update/update.ts";
import { collect, noise } from "../../support/bytes.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { updateContext } from "../../support/updateContext.ts";
import { openStore } from "../store/sample.ts";

/** Content of a release. Names with "/" are in the folder that every platform gets. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** A delta as it is published: right in every respect unless something else is given. */
export interface PublishedDelta {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly bytes?: Uint8Array;
  /** What it says that it starts from, and makes. */
  readonly claims?: { readonly from?: Digest; readonly to?: Digest };
  /** Whether the registry has lost it. */
  readonly lost?: boolean;
}

const platform = { os: "linux", architecture: "amd64" };

/** 40 kB that change in a few places from one to the next. */
export function programOf(version: number): Buffer {
  const bytes = noise(40_000, "program");
  for (let at = 100; at < bytes.byteLength; at += 4000) bytes.writeUInt32LE(version, at);
  return bytes;
}

/** A repository, and a computer that asks it. */
export async function openDeltaCase() {
  const store = await openStore();
  const work = await temporaryDirectory();
  const memory = openMemory();
  const fetched: Digest[] = [];
  let crowd = { wanted: 0, there: 0, come: Promise.resolve(), open: (): void => undefined };
  const registry: TaggedStorage = {
    ...memory,
    async *fetch(descriptor, options) {
      if (!descriptor.mediaType.includes("manifest") && !descriptor.mediaType.includes("index")) {
        fetched.push(descriptor.digest);
        crowd.there += 1;
        if (crowd.there >= crowd.wanted) crowd.open();
        await crowd.come;
      }
      yield* memory.fetch(descriptor, options);
    },
  };
  const context = updateContext(store.paths, { open: async () => registry });
  const current = (): string => {
    const [newest] = readInstalled(store.paths).sort((a, b) => (a.version < b.version ? 1 : -1));
    if (newest === undefined) throw new Error("nothing is installed");
    return join(store.paths.versions, newest.directory);
  };
  return {
    paths: store.paths,
    context,
    /** What was asked for besides manifests, since somebody looked. */
    takeFetched: () => fetched.splice(0),
    /** From now on nothing is answered before so much was asked for. */
    waitFor(wanted: number) {
      const { promise: come, resolve: open } = Promise.withResolvers<void>();
      crowd = { wanted, there: 0, come, open };
    },
    current,
    read: async (name: string): Promise<Buffer> => await readFile(join(current(), name)),
    /** @returns digests of the release's layers and of its deltas. */
    async push(version: string, files: Files, deltas: readonly PublishedDelta[] = []) {
      const packed = await pack(work.path, files);
      const patches = deltas.map(describeDelta);
      for (const { descriptor, content } of packed) await memory.push(descriptor, content);
      for (const { descriptor, bytes, lost } of patches) if (!lost) await memory.push(descriptor, contentOf(bytes));
      const descriptors = packed.map(({ descriptor }) => descriptor);
      const layers = [...descriptors, ...patches.map(({ descriptor }) => descriptor)];
      const manifest = composePlatformManifest({ platform, layers, entrypoint: "app", compat: false });
      for (const { descriptor, bytes } of [manifest.config, manifest]) await memory.push(descriptor, contentOf(bytes));
      const index = composeIndex({ manifests: [{ ...manifest, platform }], title: "app", version });
      await memory.push(index.descriptor, contentOf(index.bytes), { tag: version });
      return {
        layers: descriptors.map(({ digest }) => digest),
        deltas: patches.map(({ descriptor }) => descriptor.digest),
      };
    },
    update: async (signal?: AbortSignal) =>
      await update(context, {
        request: { kind: "latest" },
        requestText: "latest",
        deadline: 60_000,
        waitForLock: 0,
        ...(signal === undefined ? {} : { signal }),
      }),
    /** The tar of the folder that these files are in. */
    tar: async (files: Files): Promise<Buffer> => {
      const folder = join(await write(work.path, files), "data");
      return await collect(Readable.from(tarTree(await listTree(folder, "data/"))));
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await work[Symbol.asyncDispose]();
    },
  };
}

function describeDelta({ from, to, bytes = makeDelta(from, to), claims = {}, lost = false }: PublishedDelta) {
  const annotations = { [DELTA_FROM]: claims.from ?? digestOf(from), [DELTA_TO]: claims.to ?? digestOf(to) };
  const descriptor: Descriptor = describe(APP_DELTA, bytes, { annotations });
  return { descriptor, bytes, lost };
}

async function pack(workDirectory: string, files: Files): Promise<Packed[]> {
  const folder = await write(workDirectory, files);
  const options = { compression: "zstd", workDirectory } as const;
  const plain = Object.keys(files).filter((name) => !name.includes("/"));
  const packed = await Promise.all(plain.map(async (name) => await packFile(join(folder, name), options)));
  if (plain.length === Object.keys(files).length) return packed;
  return [...packed, await packDirectory(join(folder, "data"), { ...options, title: "data" })];
}

async function write(workDirectory: string, files: Files): Promise<string> {
  const folder = await mkdtemp(join(workDirectory, "release-"));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes, { mode: 0o755 });
  }
  return folder;
}
