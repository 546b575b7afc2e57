import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/archive/openArchive.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { encodeConfig } from "./images.ts";
import { type Entry, fileOf, tarOf } from "./tars.ts";
import { MARKER, indexEntry, layoutEntries } from "./entries.ts";

const list = (image: unknown): Entry => ({ name: "manifest.json", content: JSON.stringify([image]) });

describe("a file that cannot be used", () => {
  test.each<[string, readonly Entry[], string]>([
    ["nothing", [], "it is neither an OCI image layout nor a docker archive"],
    ["something else", [{ name: "readme" }], "it is neither an OCI image layout nor a docker archive"],
    ["index.json alone", [indexEntry([])], "it is neither an OCI image layout nor a docker archive"],
    [
      "a layout from the future",
      [{ ...MARKER, content: '{"imageLayoutVersion":"2.0.0"}' }, indexEntry([])],
      "oci-layout: expected image layout version 1, got 2.0.0",
    ],
    ["an index.json that is none", [MARKER, { name: "index.json", content: "{}" }], "index.json: manifests is missing"],
    [
      "an index.json of 5 MiB",
      [MARKER, { name: "index.json", content: " ".repeat(5 * 1024 * 1024) }],
      "longer than 4194304 bytes",
    ],
    [
      "a digest with a path in it",
      [MARKER, indexEntry([{ mediaType: "a/b", digest: "sha256:../../x", size: 1 }])],
      "index.json: manifests[0].digest",
    ],
    ["a manifest.json that is none", [{ name: "manifest.json", content: "{}" }], "manifest.json: expected"],
    [
      "a config that is missing",
      [list({ Config: "config", RepoTags: [], Layers: [] })],
      'manifest.json names "config", which is not in it',
    ],
    [
      "a config outside",
      [list({ Config: "../../../../etc/passwd", RepoTags: [], Layers: [] })],
      'names "../../../../etc/passwd", which is not in it',
    ],
    [
      "a layer outside",
      [{ name: "c", content: "{}" }, list({ Config: "c", RepoTags: [], Layers: ["/etc/passwd"] })],
      'names "/etc/passwd", which is not in it',
    ],
    [
      "a layer that is a link to outside",
      [
        { name: "c", content: "{}" },
        { name: "l", type: "symlink", linkname: "/etc/passwd" },
        list({ Config: "c", RepoTags: [], Layers: ["l"] }),
      ],
      'names "l", which is not in it',
    ],
    [
      "a layer that its config does not know",
      [
        { name: "c", content: encodeConfig([digestOf(Buffer.from("right"))]) },
        { name: "l", content: "wrong" },
        list({ Config: "c", RepoTags: [], Layers: ["l"] }),
      ],
      "l is wrong: expected sha256:",
    ],
  ])("holds %s", async (_, entries, message) => {
    await using file = await fileOf(await tarOf(entries));
    const opening = openArchive(file.path);
    await expect(opening).rejects.toMatchObject({ code: "bad-data", hint: expect.stringMatching(/\w/) });
    await expect(opening).rejects.toThrow(`${file.path}: `);
    await expect(opening).rejects.toThrow(message);
  });

  test.each([
    ["gzip", "gunzip", gzipSync],
    ["zstd", "unzstd", zstdCompressSync],
  ])("is compressed with %s", async (name, command, compress) => {
    await using file = await fileOf(compress(await tarOf(await layoutEntries())));
    await expect(openArchive(file.path)).rejects.toMatchObject({
      code: "bad-data",
      message: `${file.path}: it is compressed with ${name}`,
      hint: `Unpack it first: ${command} ${file.path}`,
    });
  });

  test("is not there", async () => {
    await expect(openArchive("/nowhere/app.tar")).rejects.toMatchObject({
      code: "not-found",
      message: "there is no /nowhere/app.tar",
    });
  });

  test("lists a million manifests", async () => {
    const entry = { mediaType: "a/b", digest: `sha256:${"a".repeat(64)}`, size: 1 };
    await using file = await fileOf(await tarOf([MARKER, indexEntry(Array.from({ length: 1_000_000 }, () => entry))]));
    await expect(openArchive(file.path)).rejects.toMatchObject({ code: "bad-data" });
  });
});
