import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDockerArchive } from "../../src/archive/dockerArchive.ts";
import { createLayoutArchive } from "../../src/archive/layoutArchive.ts";
import { formatArchiveLocation, parseArchiveLocation } from "../../src/archive/location.ts";
import { type Archive, openArchive } from "../../src/archive/openArchive.ts";
import { AppError } from "../../src/errors.ts";
import { copyGraph } from "../../src/oci/copy.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import type { Digest } from "../../src/oci/digest.ts";
import { encodeManifest } from "../../src/oci/manifest.ts";
import { OCI_INDEX } from "../../src/oci/mediaTypes.ts";
import { openMemory } from "../../src/oci/memory.ts";
import { contentOf, type Storage } from "../../src/oci/storage.ts";
import { blobOf, chunked, collect } from "../support/bytes.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { pushImage } from "../unit/archive/images.ts";
import { withChecksum } from "../unit/archive/tars.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => void (directory = await temporaryDirectory()));
afterAll(async () => await directory[Symbol.asyncDispose]());

const tag = fc.stringMatching(/^\w[\w.-]{0,20}$/);
const blob = fc.record({
  bytes: fc.uint8Array({ maxLength: 3000 }),
  chunk: fc.integer({ min: 1, max: 1000 }),
  spoilt: fc.boolean(),
});

describe("an image layout in a tar", () => {
  test("has every blob and tag that was pushed, in whatever order and beside whatever failed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(blob), fc.array(tag, { maxLength: 5 }), async (blobs, tags) => {
        const file = join(directory.path, "pushed.tar");
        const manifests = tags.map((name) =>
          encodeManifest({ schemaVersion: 2, manifests: [], annotations: { name } }),
        );
        const pushed = new Map<string, Buffer>();
        {
          await using archive = await createLayoutArchive(file, { replace: true });
          await Promise.all(
            blobs.map(async ({ bytes, chunk, spoilt }) => {
              const content = spoilt ? Buffer.concat([bytes, Buffer.from("x")]) : bytes;
              const pushing = archive.push(blobOf(bytes), chunked(content, chunk));
              await pushing.then(
                () => pushed.set(blobOf(bytes).digest, Buffer.from(bytes)),
                (error: unknown) => expect(error).toMatchObject({ code: "bad-data" }),
              );
            }),
          );
          for (const [position, bytes] of manifests.entries())
            await archive.push({ ...blobOf(bytes), mediaType: OCI_INDEX }, contentOf(bytes), {
              tag: tags[position] ?? "",
            });
          await archive.finish();
        }
        await using archive = await openArchive(file);
        expect((await archive.tags()).sort()).toEqual([...new Set(tags)].sort());
        for (const [position, bytes] of manifests.entries()) {
          // The same name gives the same bytes here.
          expect((await archive.resolve(tags[position] ?? "")).digest).toBe(blobOf(bytes).digest);
          expect(Buffer.from((await archive.fetchManifest(blobOf(bytes).digest)).bytes).equals(bytes)).toBe(true);
        }
        for (const { bytes } of blobs) {
          const expected = pushed.get(blobOf(bytes).digest);
          expect(await archive.has(blobOf(bytes))).toBe(expected !== undefined);
          const fetched = expected === undefined ? undefined : await collect(archive.fetch(blobOf(bytes)));
          expect(fetched?.toString("hex")).toBe(expected?.toString("hex"));
        }
      }),
    );
  });
});

interface Sample {
  readonly tar: Buffer;
  readonly image: Descriptor;
  readonly contents: ReadonlyMap<Digest, string>;
}

/** What an archive gives for an image and all that it refers to. */
async function readImage(archive: Archive): Promise<Pick<Sample, "image" | "contents">> {
  const image = await archive.resolve("1.0");
  const copy = openMemory();
  const contents = new Map<Digest, string>();
  const recording: Storage = {
    ...copy,
    async push(expected, content) {
      const bytes = await collect(content(0));
      contents.set(expected.digest, bytes.toString("hex"));
      await copy.push(expected, contentOf(bytes));
    },
  };
  await copyGraph(archive, recording, image, { concurrency: 1 });
  return { image, contents };
}

async function makeSample(kind: "layout" | "docker"): Promise<Sample> {
  const source = openMemory();
  const { descriptor: root, manifest } = await pushImage(source, { tag: "1.0", compressions: ["gzip", "none"] });
  const file = join(directory.path, `${kind}.tar`);
  if (kind === "docker") {
    await writeDockerArchive(file, { source, root, manifest, names: ["app:1.0"], replace: true });
  } else {
    await using archive = await createLayoutArchive(file, { replace: true });
    await copyGraph(source, archive, root, { tag: "1.0" });
    await archive.finish();
  }
  await using archive = await openArchive(file);
  return { tar: await readFile(file), ...(await readImage(archive)) };
}

/** Where headers begin. */
function headersOf(tar: Buffer): number[] {
  const found: number[] = [];
  for (let position = 0; position < tar.length && tar[position] !== 0;) {
    found.push(position);
    const size = Number.parseInt(tar.subarray(position + 124, position + 135).toString("latin1"), 8);
    position += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

/** The right bytes, or an error of ours that names the file. */
async function expectRightOrRefused(tar: Buffer, { image, contents }: Sample): Promise<void> {
  const file = join(directory.path, "damaged.tar");
  await writeFile(file, tar);
  const read = await openAndRead(file).catch((error: unknown) => {
    if (!(error instanceof AppError) || !`${error.message} ${error.hint}`.includes(file)) throw error;
    return error;
  });
  expect(read).toSatisfy(
    (read) =>
      (read instanceof AppError && ["bad-data", "not-found"].includes(read.code)) ||
      isDeepStrictEqual(read, { image, contents }),
  );
}

async function openAndRead(file: string): Promise<Pick<Sample, "image" | "contents">> {
  await using archive = await openArchive(file);
  return await readImage(archive);
}

describe.each(["layout", "docker"] as const)("a %s archive", (kind) => {
  let sample: Sample;
  beforeAll(async () => void (sample = await makeSample(kind)));

  test("that is cut short anywhere gives nothing wrong", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(sample.tar.length), async (length) => {
        await expectRightOrRefused(sample.tar.subarray(0, length), sample);
      }),
    );
  });

  test("with one byte of a header changed gives nothing wrong", async () => {
    const header = fc.constantFrom(...headersOf(sample.tar));
    await fc.assert(
      fc.asyncProperty(header, fc.nat(511), fc.integer({ min: 1, max: 255 }), async (start, position, change) => {
        const tar = Buffer.from(sample.tar);
        tar.writeUInt8((tar[start + position] ?? 0) ^ change, start + position);
        await expectRightOrRefused(tar, sample);
      }),
    );
  });

  test("with a header that lies gives nothing wrong", async () => {
    const header = fc.constantFrom(...headersOf(sample.tar));
    const lie = fc.oneof(
      fc.record({ at: fc.constant(124), bytes: fc.nat(100_000).map((size) => size.toString(8).padStart(11, "0")) }),
      fc.record({ at: fc.constant(156), bytes: fc.constantFrom("1", "2", "5", "L", "x", "g", "S", "7", "?") }),
      fc.record({ at: fc.constant(0), bytes: fc.constantFrom("index.json", "../x", "blobs/sha256/", "manifest.json") }),
      fc.record({ at: fc.nat(511), bytes: fc.string({ minLength: 1, maxLength: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(header, lie, async (start, { at, bytes }) => {
        const tar = Buffer.from(sample.tar);
        const block = tar.subarray(start, start + 512);
        block.write(bytes, at, "latin1");
        withChecksum(block);
        await expectRightOrRefused(tar, sample);
      }),
      { numRuns: 300 },
    );
  });

  test("with one byte of content changed gives nothing wrong", async () => {
    // The lists at the end say what is meant: there is nothing to hold them against.
    const lists = headersOf(sample.tar).at(-2) ?? 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(lists - 1), fc.integer({ min: 1, max: 255 }), async (position, change) => {
        const tar = Buffer.from(sample.tar);
        tar.writeUInt8((tar[position] ?? 0) ^ change, position);
        await expectRightOrRefused(tar, sample);
      }),
    );
  });
});

describe("a place in files", () => {
  test("is read back as it was written", () => {
    const location = fc.record(
      {
        kind: fc.constantFrom("oci" as const, "oci-archive" as const, "docker-archive" as const, "tar" as const),
        path: fc
          .stringMatching(/^(?:[A-Z]:[\\/]|\/|\.\/)?[\w ü-]{1,8}(?:\/[\w .@-]{1,8})?$/)
          .map((path) => `${path}.tar`),
        reference: fc.oneof(
          tag,
          tag.map((name) => `localhost:5000/app:${name}`),
          fc.constant(`sha256:${"a".repeat(64)}`),
        ),
      },
      { requiredKeys: ["kind", "path"] },
    );
    fc.assert(
      fc.property(location, (value) => {
        expect(parseArchiveLocation(formatArchiveLocation(value))).toEqual(value);
      }),
    );
  });

  test("or something else, whatever is written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("", "oci:", "docker-archive:"), (text, scheme) => {
        const location = parseArchiveLocation(scheme + text);
        const again = location === undefined ? undefined : parseArchiveLocation(formatArchiveLocation(location));
        expect(again).toEqual(location);
      }),
    );
  });
});
