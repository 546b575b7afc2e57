import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { type Content, DigestMismatch, verifyBytes } from "../../../src/oci/storage.ts";
import { openBlobs } from "../../../src/store/blobs.ts";
import { blobOf, chunked, collect, noise } from "../../support/bytes.ts";
import { watchDisk } from "./disk.ts";
import { openStore } from "./sample.ts";

const bytes = noise(10_000);
const blob = blobOf(bytes);

async function openWith(partial?: Uint8Array) {
  const store = await openStore();
  const blobs = openBlobs(store.paths);
  const path = blobs.path(blob);
  await mkdir(dirname(path), { recursive: true });
  if (partial !== undefined) await writeFile(`${path}.partial`, partial);
  return { ...store, blobs, path, partial: `${path}.partial` };
}

/** Content that notes the offsets at which it is asked for. */
function noted(content: Content): { content: Content; offsets: number[] } {
  const offsets: number[] = [];
  return { offsets, content: (offset) => (offsets.push(offset), content(offset)) };
}

/** A server that gives so many bytes, and then an answer that is none. */
function refusing(source: Uint8Array, count: number): Content {
  return async function* (offset) {
    if (count > 0) yield source.subarray(offset, offset + count);
    throw new AppError("bad-data", "the server answered 400");
  };
}

/** Content whose network dies at this position. */
function dying(source: Uint8Array, at: number): Content {
  return async function* (offset) {
    yield* chunked(source.subarray(0, at), 500)(offset);
    throw new Error("the network is gone");
  };
}

describe("a download", () => {
  test("lies under its algorithm and hex digits, and only there", async () => {
    await using store = await openWith();
    await store.blobs.push(blob, chunked(bytes));
    expect(store.path).toBe(join(store.paths.blobs, "sha256", blob.digest.slice("sha256:".length)));
    expect(bytes.equals(await readFile(store.path))).toBe(true);
    expect(await readdir(dirname(store.path))).toHaveLength(1);
  });

  test("that proves to be wrong begins anew once, where it would come another way", async () => {
    await using store = await openWith();
    const attempt = (comesOtherwise: boolean): ReturnType<typeof noted> => {
      let right = false;
      return noted(async function* (offset) {
        yield* chunked(right ? bytes : noise(10_000, "other"))(offset);
        right = true;
        throw Object.assign(new DigestMismatch("bad-data", "wrong digest"), { comesOtherwise });
      });
    };
    const same = attempt(false);
    await expect(store.blobs.push(blob, same.content)).rejects.toThrow("wrong digest");
    expect(same.offsets).toEqual([0]);
    const other = attempt(true);
    await expect(store.blobs.push(blob, other.content)).rejects.toThrow("wrong digest");
    expect(other.offsets).toEqual([0, 0]);
    let calls = 0;
    await store.blobs.push(blob, (offset) => {
      calls += 1;
      return calls === 1 ? attempt(true).content(offset) : chunked(bytes)(offset);
    });
    expect(bytes.equals(await readFile(store.path))).toBe(true);
  });

  test("that the network ends is kept and continued from where it stopped", async () => {
    await using store = await openWith();
    await expect(store.blobs.push(blob, dying(bytes, 6000))).rejects.toThrow("the network is gone");
    expect(await store.blobs.has(blob)).toBe(false);
    expect(bytes.subarray(0, 6000).equals(await readFile(store.partial))).toBe(true);
    const { content, offsets } = noted(chunked(bytes));
    await store.blobs.push(blob, content);
    expect(offsets).toEqual([6000]);
    expect(bytes.equals(await readFile(store.path))).toBe(true);
    expect(existsSync(store.partial)).toBe(false);
  });

  test("of which nothing came leaves nothing", async () => {
    await using store = await openWith();
    await expect(store.blobs.push(blob, dying(bytes, 0))).rejects.toThrow("the network is gone");
    expect(await readdir(dirname(store.path))).toEqual([]);
  });

  const partials: [string, Uint8Array, number[]][] = [
    ["nothing but its name", Buffer.alloc(0), [0]],
    ["all of it", bytes, []],
    ["more than there is", Buffer.concat([bytes, Buffer.from("x")]), [0]],
    ["other bytes", noise(4000, "other"), [4000, 0]],
    ["other bytes, as many", noise(10_000, "other"), [0]],
    ["zeros at the end after a power cut", Buffer.concat([bytes.subarray(0, 3000), Buffer.alloc(1000)]), [4000, 0]],
  ];
  test.each(partials)("that finds %s comes right", async (_, partial, wanted) => {
    await using store = await openWith(partial);
    const { content, offsets } = noted(chunked(bytes));
    await store.blobs.push(blob, content);
    expect(offsets).toEqual(wanted);
    expect(bytes.equals(await readFile(store.path))).toBe(true);
  });

  test("is begun anew on Windows too, which cuts no file that is open for appending", async () => {
    await using store = await openWith(noise(4000, "other"));
    using _disk = await watchDisk(async ({ name }) => {
      if (name === "handle.truncate") throw Object.assign(new Error("EPERM"), { code: "EPERM" });
    });
    await store.blobs.push(blob, chunked(bytes));
    expect(bytes.equals(await readFile(store.path))).toBe(true);
  });

  test("is begun anew once only, and wrong content leaves nothing", async () => {
    await using store = await openWith(bytes.subarray(0, 4000));
    const { content, offsets } = noted(chunked(noise(10_000, "other")));
    await expect(store.blobs.push(blob, content)).rejects.toMatchObject({ code: "bad-data" });
    expect(offsets).toEqual([4000, 0]);
    expect(await readdir(dirname(store.path))).toEqual([]);
  });

  test("that a server answers wrongly loses nothing of what is here", async () => {
    await using store = await openWith(bytes.subarray(0, 4000));
    const { content, offsets } = noted(refusing(bytes, 0));
    await expect(store.blobs.push(blob, content)).rejects.toThrow("the server answered 400");
    expect(offsets).toEqual([4000, 0]);
    expect(bytes.subarray(0, 4000).equals(await readFile(store.partial))).toBe(true);
  });

  test("keeps what came before a server answered wrongly", async () => {
    await using store = await openWith();
    await expect(store.blobs.push(blob, refusing(bytes, 3000))).rejects.toThrow("the server answered 400");
    expect(bytes.subarray(0, 3000).equals(await readFile(store.partial))).toBe(true);
  });

  test("that proved to be wrong is not kept, though the server then has no other", async () => {
    await using store = await openWith(noise(4000, "other"));
    const content: Content = (offset) => (offset === 0 ? refusing(bytes, 0) : chunked(bytes))(offset);
    await expect(store.blobs.push(blob, content)).rejects.toThrow("the server answered 400");
    expect(await readdir(dirname(store.path))).toEqual([]);
  });

  test("that is verified on its way and is wrong is not kept either", async () => {
    await using store = await openWith();
    const content: Content = (offset) => verifyBytes(chunked(noise(10_000, "other"))(offset), blob);
    await expect(store.blobs.push(blob, content)).rejects.toMatchObject({ code: "bad-data" });
    expect(await readdir(dirname(store.path))).toEqual([]);
  });

  test("from a server that does not know Range comes from the first byte", async () => {
    await using store = await openWith(bytes.subarray(0, 4000));
    const content: Content = (offset) => (offset === 0 ? chunked(bytes) : refusing(bytes, 0))(offset);
    await store.blobs.push(blob, content);
    expect(bytes.equals(await readFile(store.path))).toBe(true);
  });

  test("does not read what is here when it is given up before", async () => {
    await using store = await openWith(bytes.subarray(0, 4000));
    const { content, offsets } = noted(chunked(bytes));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(store.blobs.push(blob, content, { signal })).rejects.toThrow("enough");
    expect(offsets).toEqual([]);
    expect(bytes.subarray(0, 4000).equals(await readFile(store.partial))).toBe(true);
  });

  test("of more bytes than were promised ends before it fills the disk", async () => {
    await using store = await openWith();
    let given = 0;
    const endless: Content = async function* () {
      for (;;) yield noise(((given += 1), 1000));
    };
    await expect(store.blobs.push(blob, endless)).rejects.toMatchObject({ code: "bad-data" });
    expect(given).toBeLessThanOrEqual(11);
    expect(await readdir(dirname(store.path))).toEqual([]);
  });

  test("that is given up keeps what has come", async () => {
    await using store = await openWith();
    const abort = new AbortController();
    const content: Content = async function* () {
      yield bytes.subarray(0, 1000);
      abort.abort(new Error("enough"));
      yield bytes.subarray(1000);
    };
    await expect(store.blobs.push(blob, content, { signal: abort.signal })).rejects.toThrow("enough");
    expect(bytes.subarray(0, 1000).equals(await readFile(store.partial))).toBe(true);
  });

  test("is synced before it gets its name", async () => {
    await using store = await openWith();
    const steps: string[] = [];
    {
      using _disk = await watchDisk(async ({ name, path }) => void (path === store.partial && steps.push(name)));
      await store.blobs.push(blob, chunked(bytes, 20_000));
    }
    expect(steps).toEqual(["open", "handle.writeFile", "handle.sync", "rename"]);
  });

  test("into which somebody else writes as well is refused", async () => {
    await using store = await openWith();
    const disturbed: Content = async function* () {
      yield bytes.subarray(0, 4000);
      await appendFile(store.partial, "theirs");
      yield bytes.subarray(4000);
    };
    await expect(store.blobs.push(blob, disturbed)).rejects.toMatchObject({ code: "bad-data" });
    expect(await readdir(dirname(store.path))).toEqual([]);
  });

  test("onto a full disk says so, and gives back the room that it took", async () => {
    await using store = await openWith(bytes.subarray(0, 4000));
    {
      using _disk = await watchDisk(async ({ name }) => {
        if (name === "handle.writeFile") throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      });
      await expect(store.blobs.push(blob, chunked(bytes))).rejects.toMatchObject({ code: "io" });
    }
    const { content, offsets } = noted(chunked(bytes));
    await store.blobs.push(blob, content);
    expect(offsets).toEqual([0]);
  });

  test("that several ask for at once is made once", async () => {
    await using store = await openWith();
    const { content, offsets } = noted(chunked(bytes));
    await Promise.all([1, 2, 3].map(async () => await store.blobs.push(blob, content)));
    expect(offsets).toEqual([0]);
    expect(bytes.equals(await readFile(store.path))).toBe(true);
  });

  test("that failed for one is made for the next one", async () => {
    await using store = await openWith();
    const first = store.blobs.push(blob, dying(bytes, 5000));
    const second = store.blobs.push(blob, chunked(bytes));
    await expect(first).rejects.toThrow("the network is gone");
    await second;
    expect(await store.blobs.has(blob)).toBe(true);
  });
});

test("content that was changed on the disk is refused when read, and fetched anew", async () => {
  await using store = await openWith();
  await store.blobs.push(blob, chunked(bytes));
  await writeFile(store.path, noise(10_000, "other"));
  expect(await store.blobs.has(blob)).toBe(true);
  await expect(collect(store.blobs.fetch(blob))).rejects.toMatchObject({ code: "bad-data" });
  expect(await store.blobs.has(blob)).toBe(false);
  await store.blobs.push(blob, chunked(bytes));
  expect(bytes.equals(await collect(store.blobs.fetch(blob)))).toBe(true);
});

test.each(["sha256:../../../etc/passwd", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "../x:y"])(
  "no path is made of the digest %s",
  async (digest) => {
    await using store = await openWith();
    const bad = { ...blob, digest } as Descriptor;
    expect(() => store.blobs.path(bad)).toThrow(expect.objectContaining({ code: "bad-data" }));
    await expect(store.blobs.push(bad, chunked(bytes))).rejects.toMatchObject({ code: "bad-data" });
  },
);

test("removing takes the content and what has come of it", async () => {
  await using store = await openWith(bytes.subarray(0, 10));
  await store.blobs.remove(blob.digest);
  await store.blobs.push(blob, chunked(bytes));
  await store.blobs.remove(blob.digest);
  await store.blobs.remove(blob.digest);
  expect(await readdir(dirname(store.path))).toEqual([]);
});

test("sweeping takes what nobody has come back for in a week", async () => {
  await using store = await openWith(bytes.subarray(0, 10));
  const now = Date.UTC(2026, 0, 10);
  const other = `${store.path.slice(0, -1)}x`;
  await writeFile(other, "");
  await utimes(store.partial, now / 1000, Date.UTC(2026, 0, 2) / 1000);
  await utimes(other, now / 1000, Date.UTC(2026, 0, 4) / 1000);
  await openBlobs(store.paths, { now: () => now }).sweep();
  expect(await readdir(dirname(store.path))).toEqual([other.slice(dirname(other).length + 1)]);
});
