import { chmod, mkdir, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import { openMemory } from "../../src/oci/memory.ts";
import { contentOf } from "../../src/oci/storage.ts";
import { COMPRESSIONS } from "../../src/release/compression.ts";
import { composePlatformManifest } from "../../src/release/compose.ts";
import { packDirectory } from "../../src/release/pack.ts";
import { readRelease } from "../../src/release/readRelease.ts";
import { selectVersions } from "../../src/release/resolve.ts";
import { materialize } from "../../src/release/unpack.ts";
import { tagOfVersion, versionOfTag } from "../../src/release/versionTag.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { archiveLayer, fileLayer, readTree, tarOf, type TarEntry, unpackInto } from "../unit/release/layers.ts";

const RUNS = { numRuns: 60 };

const name = fc.stringMatching(/^[a-z][a-z0-9 ._-]{0,7}[a-z0-9]$/);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const contents = fc.uint8Array({ maxLength: 3000 });

const TREE = fc.record({
  files: fc.dictionary(path, fc.record({ bytes: contents, executable: fc.boolean() }), { minKeys: 1, maxKeys: 8 }),
  links: fc.array(name, { maxLength: 2 }),
});

describe("a folder that is packed, pushed and unpacked", () => {
  test("is the same folder again", async () => {
    await fc.assert(
      fc.asyncProperty(TREE, fc.constantFrom(...COMPRESSIONS), async ({ files, links }, compression) => {
        await using work = await temporaryDirectory();
        const [input, output, workDirectory] = await Promise.all(
          ["input", "output", "work"].map(async (folder) => {
            await mkdir(join(work.path, folder));
            return join(work.path, folder);
          }),
        );
        if (input === undefined || output === undefined || workDirectory === undefined) return;
        const written = await writeFiles(input, files);
        for (const link of links) await symlink(written[0] ?? "", join(input, `${link}.link`)).catch(ignoreExisting);

        const packed = await packDirectory(input, { compression, workDirectory, title: "." });
        const again = await packDirectory(input, { compression, workDirectory, title: "." });
        expect(again.descriptor).toEqual(packed.descriptor);

        const storage = openMemory();
        const manifest = composePlatformManifest({
          platform: { os: "linux", architecture: "amd64" },
          layers: [packed.descriptor],
          entrypoint: written[0] ?? "",
          compat: false,
        });
        await storage.push(packed.descriptor, packed.content);
        await storage.push(manifest.descriptor, contentOf(manifest.bytes));
        const read = parseManifest(manifest.bytes, manifest.descriptor.mediaType);
        if (read.kind !== "image") throw new Error("it is no image manifest");
        await materialize({
          files: readRelease(read),
          blobs: { open: (descriptor) => storage.fetch(descriptor) },
          directory: output,
          platform: "linux",
        });
        // The entry point becomes executable in any case.
        await chmod(join(input, written[0] ?? ""), 0o755);
        expect(await readTree(output)).toEqual(await readTree(input));
      }),
      RUNS,
    );
  }, 60_000);
});

// Whatever somebody may write into an archive to get out of its folder, or to trip over.
const segment = fc.constantFrom(
  "..",
  ".",
  "",
  "a",
  "b",
  "A",
  "link",
  "a\\..\\..",
  "C:",
  "\0",
  "nul",
  ".wh.a",
  ".wh..wh..opq",
  "é",
  "e\u0301",
  "x".repeat(300),
  "a:b",
  "...",
  "~",
  "-rf",
  "$HOME",
);
const nasty = fc
  .tuple(fc.constantFrom("", "/", "../", "./", "//", "\\\\?\\"), fc.array(segment, { minLength: 1, maxLength: 4 }))
  .map(([start, parts]) => `${start}${parts.join("/")}`);
// Mostly such that much of an archive gets through before something is refused.
const place = fc.constantFrom("a", "b", "d/", "d/e", "d/e/x", "d/up", "link", "link/x", "d/up/x", ".wh.d", "d/.wh.e");
const target = fc.constantFrom("a", "d", "e", ".", "..", "../..", "up", "up/..", "d/up/..", "link/../..", "../outside");
const climbing = fc.constantFrom("../outside", "../x", "d/../../x", "link/../x", "/etc/passwd");
const entry: fc.Arbitrary<TarEntry> = fc.record({
  name: fc.oneof({ weight: 16, arbitrary: place }, { weight: 1, arbitrary: climbing }, { weight: 1, arbitrary: nasty }),
  type: fc.constantFrom("file", "file", "directory", "symlink", "symlink", "symlink", "link"),
  linkname: fc.oneof({ weight: 8, arbitrary: target }, { weight: 1, arbitrary: nasty }),
  content: fc.constant("evil"),
  mode: fc.constantFrom(0o644, 0o4777, 0),
});

describe("a hostile archive", () => {
  test("writes nothing outside of its folder, and fails with a sentence or not at all", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 6 }),
        fc.constantFrom<NodeJS.Platform>("linux", "darwin", "win32"),
        fc.boolean(),
        async (entries, platform, whiteouts) => {
          const half = Math.ceil(entries.length / 2);
          const layers = await Promise.all(
            [entries.slice(0, half), entries.slice(half)].map(async (part) =>
              archiveLayer(await tarOf(part), { whiteouts }),
            ),
          );
          const unpack = async (directory: string) =>
            await unpackInto(directory, layers, { platform, entrypoint: "a" });
          expect(await attack(unpack)).toEqual(UNTOUCHED);
        },
      ),
      { numRuns: 1000 },
    );
  }, 120_000);

  test("has no better luck with the titles of files", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { minLength: 1, maxLength: 4 }), async (titles) => {
        const layers = titles.map((title) => fileLayer(title, "evil"));
        expect(await attack(async (directory) => await unpackInto(directory, layers))).toEqual(UNTOUCHED);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe("versions", () => {
  const number = fc.nat(30);
  const version = fc
    .tuple(
      number,
      number,
      number,
      fc.option(fc.stringMatching(/^(rc|beta)\.[1-9]$/)),
      fc.option(fc.stringMatching(/^[a-z0-9]{1,4}$/)),
    )
    .map(
      ([a, b, c, pre, build]) => `${a}.${b}.${c}${pre === null ? "" : `-${pre}`}${build === null ? "" : `+${build}`}`,
    );

  test("survive being a tag", () => {
    fc.assert(
      fc.property(version, (text) => {
        expect(versionOfTag(tagOfVersion(text))).toBe(text);
      }),
    );
  });

  test("are chosen whatever the order of tags", () => {
    const shuffled = fc
      .uniqueArray(version, { maxLength: 20 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const select = (versions: string[]) =>
          selectVersions({
            tags: versions.map(tagOfVersion),
            request: { kind: "latest" },
            prereleases: true,
            quarantined: [],
          });
        expect(select(other)).toEqual(select(all));
      }),
    );
  });
});

const UNTOUCHED = {
  "": ["deep", "outside"],
  deep: ["outside", "release"],
  outside: ["untouched", "untouched"],
  leaks: [],
};

/** Runs it in a folder with others around it, and tells what is there afterwards. */
async function attack(act: (directory: string) => Promise<unknown>): Promise<unknown> {
  await using outer = await temporaryDirectory();
  const deep = join(outer.path, "deep");
  const directory = join(deep, "release");
  await mkdir(directory, { recursive: true });
  const places = [join(outer.path, "outside"), join(deep, "outside")];
  for (const place of places) await writeFile(place, "untouched");
  try {
    await act(directory);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "bad-data") throw error;
  }
  return {
    "": await readdir(outer.path),
    deep: await readdir(deep),
    outside: await Promise.all(places.map(async (place) => await readFile(place, "utf8"))),
    leaks: await findLeaks(directory),
  };
}

/** Links that lead to something outside. */
async function findLeaks(directory: string): Promise<string[]> {
  const root = await realpath(directory);
  const leaks: string[] = [];
  for (const [inside, what] of Object.entries(await readTree(directory))) {
    if (!what.startsWith("-> ")) continue;
    const real = await realpath(join(directory, inside)).catch(() => root);
    if (!`${real}/`.startsWith(`${root}/`)) leaks.push(`${inside} ${what} leads to ${real}`);
  }
  return leaks;
}

/** Those that fit: a generated path may need a folder where another one is a file. */
async function writeFiles(
  root: string,
  files: Readonly<Record<string, { readonly bytes: Uint8Array; readonly executable: boolean }>>,
): Promise<string[]> {
  const written: string[] = [];
  for (const [file, { bytes, executable }] of Object.entries(files)) {
    if (written.some((other) => other.startsWith(`${file}/`) || file.startsWith(`${other}/`))) continue;
    await mkdir(join(root, dirname(file)), { recursive: true });
    await writeFile(join(root, file), bytes);
    // Bytes like a script's make a file executable, too.
    const program = executable || /^(#!|MZ)/.test(Buffer.from(bytes.subarray(0, 2)).toString("latin1"));
    await chmod(join(root, file), program ? 0o755 : 0o644);
    written.push(file);
  }
  return written;
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
}
