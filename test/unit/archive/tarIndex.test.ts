import { open } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { formatTarHeaders } from "../../../src/archive/tarHeader.ts";
import { readTarIndex } from "../../../src/archive/tarIndex.ts";
import { type Entry, fileOf, rawEntry, tarOf } from "./tars.ts";

const END = Buffer.alloc(1024);

/** Name to content, read at the places that the index gives. */
async function readAll(tar: Uint8Array): Promise<Record<string, string>> {
  await using file = await fileOf(tar);
  await using handle = await open(file.path);
  const found: Record<string, string> = {};
  for (const [name, { offset, size }] of await readTarIndex(handle)) {
    const { buffer } = await handle.read(Buffer.alloc(size), 0, size, offset);
    found[name] = buffer.toString("utf8");
  }
  return found;
}

describe("the index of a tar", () => {
  const long = `${"d".repeat(90)}/${"f".repeat(90)}`;
  const longest = `${"d".repeat(200)}/${"f".repeat(200)}`;
  test.each<[string, readonly Entry[], Record<string, string>]>([
    ["an empty file", [{ name: "a" }], { a: "" }],
    [
      "files of a block, less and more",
      ["511", "512", "513"].map((name) => ({ name, content: "x".repeat(Number(name)) })),
      { 511: "x".repeat(511), 512: "x".repeat(512), 513: "x".repeat(513) },
    ],
    ["a name with a prefix", [{ name: long, content: "1" }], { [long]: "1" }],
    [
      "a long name, by pax",
      [
        { name: longest, content: "1" },
        { name: "b", content: "2" },
      ],
      { [longest]: "1", b: "2" },
    ],
    ["a name that is not ASCII", [{ name: "ä/日本", content: "1" }], { "ä/日本": "1" }],
    [
      "the last of a name",
      [
        { name: "a", content: "old" },
        { name: "./a", content: "new" },
      ],
      { a: "new" },
    ],
    [
      "paths that begin with ./ or /",
      [
        { name: "./a//b", content: "1" },
        { name: "/c", content: "2" },
      ],
      { "a/b": "1", c: "2" },
    ],
    [
      "folders as nothing",
      [
        { name: "a/", type: "directory" },
        { name: "a/b", content: "1" },
      ],
      { "a/b": "1" },
    ],
    [
      "hard links",
      [
        { name: "a", content: "1" },
        { name: "d/b", type: "link", linkname: "a" },
      ],
      { a: "1", "d/b": "1" },
    ],
    [
      "symbolic links, from where they are",
      [
        { name: "x/a", content: "1" },
        { name: "y/b", type: "symlink", linkname: "../x/a" },
      ],
      { "x/a": "1", "y/b": "1" },
    ],
    [
      "a link before its target, and a link to a link",
      [
        { name: "a", type: "symlink", linkname: "b" },
        { name: "b", type: "symlink", linkname: "c" },
        { name: "c", type: "symlink", linkname: "d" },
        { name: "d", content: "1" },
      ],
      { a: "1", b: "1", c: "1", d: "1" },
    ],
    [
      "links in a circle as nothing",
      [
        { name: "a", type: "symlink", linkname: "b" },
        { name: "b", type: "symlink", linkname: "a" },
      ],
      {},
    ],
    [
      "a link that leads outside as nothing",
      [
        { name: "a", type: "symlink", linkname: "../../etc/passwd" },
        { name: "b", type: "link", linkname: "/etc/passwd" },
      ],
      {},
    ],
    [
      "a name that leads outside as nothing",
      [
        { name: "../index.json", content: "1" },
        { name: "a/../../b", content: "2" },
      ],
      {},
    ],
    [
      "a file where a link was, and a link where a file was",
      [
        { name: "a", type: "symlink", linkname: "c" },
        { name: "a", content: "1" },
        { name: "b", content: "2" },
        { name: "b", type: "symlink", linkname: "missing" },
        { name: "c", content: "3" },
      ],
      { a: "1", c: "3" },
    ],
  ])("finds %s", async (_, entries, expected) => {
    expect(await readAll(await tarOf(entries))).toEqual(expected);
  });

  test.each([
    [
      "GNU's long name",
      [
        { name: "././@LongLink", type: "L", content: `${longest}\0` },
        { name: "cut", content: "1" },
      ],
      { [longest]: "1" },
    ],
    [
      "GNU's long link",
      [
        { name: "a", content: "1" },
        { type: "K", content: "./././a\0" },
        { name: "b", type: "2" },
      ],
      { a: "1", b: "1" },
    ],
    [
      "a size by pax, over that of the header",
      [
        { type: "x", content: "10 size=3\n" },
        { name: "a", content: "123", size: Buffer.from("00000000000\0") },
      ],
      { a: "123" },
    ],
    [
      "a size by pax for the file, not for another header between",
      [
        { type: "x", content: "10 size=3\n" },
        { type: "L", content: "name\0" },
        { name: "a", content: "123" },
      ],
      { name: "123" },
    ],
    [
      "a binary size",
      [{ name: "a", content: "123", size: Buffer.from("800000000000000000000003", "hex") }],
      { a: "123" },
    ],
    ["a size with spaces", [{ name: "a", content: "123", size: Buffer.from("         3 \0") }], { a: "123" }],
    [
      "a folder that has a size, though no content",
      [
        { name: "d/", type: "5", size: Buffer.from("00000001000\0") },
        { name: "a", content: "1" },
      ],
      { a: "1" },
    ],
    [
      "what no global header changes",
      [
        { type: "g", content: "13 path=evil\n" },
        { name: "a", content: "1" },
      ],
      { a: "1" },
    ],
    [
      "an old file, and a contiguous one",
      [
        { name: "a", type: "\0", content: "1" },
        { name: "b", type: "7", content: "2" },
      ],
      { a: "1", b: "2" },
    ],
  ])("reads %s", async (_, entries, expected) => {
    expect(await readAll(Buffer.concat([...entries.map(rawEntry), END]))).toEqual(expected);
  });

  test("ends with zeros, whatever comes after, or with the file", async () => {
    const one = rawEntry({ name: "a", content: "1" });
    expect(await readAll(one)).toEqual({ a: "1" });
    expect(await readAll(one.subarray(0, 513))).toEqual({ a: "1" });
    expect(await readAll(Buffer.concat([one, END, Buffer.from("whatever")]))).toEqual({ a: "1" });
    expect(await readAll(Buffer.alloc(0))).toEqual({});
  });

  test("passes over content: 50 GiB are open at once", async () => {
    const size = 50 * 1024 ** 3;
    await using file = await fileOf(Buffer.alloc(0));
    await using handle = await open(file.path, "r+");
    await handle.write(formatTarHeaders("big", size), 0, undefined, 0);
    await handle.write(rawEntry({ name: "after", content: "1" }), 0, undefined, 512 + size);
    expect([...(await readTarIndex(handle))]).toEqual([
      ["big", { offset: 512, size }],
      ["after", { offset: 512 + size + 512, size: 1 }],
    ]);
  });

  const one = rawEntry({ name: "a", content: "123" });
  test.each([
    ["text", Buffer.from("no tar at all ".repeat(100)), "there is no header at byte 0"],
    ["a header with one byte changed", Buffer.concat([one, one.fill("b", 0, 1)]), "there is no header at byte 0"],
    [
      "one that ends in content",
      rawEntry({ name: "a", content: "123" }).subarray(0, 514),
      'it ends in the middle of "a"',
    ],
    ["one that ends in a header", Buffer.concat([rawEntry({ name: "a" }), Buffer.from("b")]), "it is cut short"],
    [
      "a size beyond the file",
      rawEntry({ name: "a", size: Buffer.from("77777777777\0") }),
      'it ends in the middle of "a"',
    ],
    [
      "a size beyond all numbers",
      rawEntry({ size: Buffer.alloc(12, 0xff) }),
      "the size in the header at byte 0 makes no sense",
    ],
    [
      "a size that is no number",
      rawEntry({ size: Buffer.from("-1\0") }),
      "the size in the header at byte 0 makes no sense",
    ],
    ["GNU's sparse files", rawEntry({ name: "a", type: "S" }), "it holds a sparse file"],
    ["sparse files by pax", rawEntry({ type: "x", content: "22 GNU.sparse.major=1\n" }), "it holds a sparse file"],
    ["a name of 2 MiB", rawEntry({ type: "L", content: "x".repeat(2 * 1024 * 1024) }), "a name in it is longer"],
    ["pax without a length", rawEntry({ type: "x", content: "path=a\n" }), "an extended header"],
    ["pax with a length of nothing", rawEntry({ type: "x", content: "0 path=a\n" }), "an extended header"],
    ["pax with a length beyond its end", rawEntry({ type: "x", content: "99 path=a\n" }), "an extended header"],
    ["pax without a value", rawEntry({ type: "x", content: "5 ab\n" }), "an extended header"],
    ["a size by pax that is no number", rawEntry({ type: "x", content: "11 size=-1\n" }), "a size that makes no sense"],
  ])("refuses %s", async (_, tar, message) => {
    await expect(readAll(tar)).rejects.toMatchObject({ code: "bad-data", message: expect.stringContaining(message) });
  });
});

describe("headers that we write", () => {
  test.each(["a", "b".repeat(100), "c".repeat(101), `${"ü".repeat(300)}/x`])("are read back: %s", async (name) => {
    const tar = Buffer.concat([formatTarHeaders(name, 3), Buffer.alloc(512, "x"), END]);
    expect(await readAll(tar)).toEqual({ [name]: "xxx" });
  });
});
