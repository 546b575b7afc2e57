import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import type { Digest } from "../../../src/oci/digest.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { unpackFiles } from "../../../src/release/unpack.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { archiveLayer, type BuiltLayer, fileLayer, tarOf } from "./layers.ts";

/** Hands layers out, none before so many are open at once, and counts. */
function openBlobs(layers: readonly BuiltLayer[], together = 1) {
  const contents = new Map<Digest, Uint8Array>(layers.map(({ layer, bytes }) => [layer.descriptor.digest, bytes]));
  const state = { open: 0, most: 0, opened: [] as Digest[] };
  const gate = Promise.withResolvers<void>();
  return {
    state,
    async *open({ digest }: Descriptor) {
      state.open += 1;
      state.most = Math.max(state.most, state.open);
      state.opened.push(digest);
      if (state.open >= together) gate.resolve();
      try {
        await gate.promise;
        for (const byte of contents.get(digest) ?? []) yield Buffer.of(byte);
      } finally {
        state.open -= 1;
      }
    },
  };
}

async function unpack(
  layers: readonly BuiltLayer[],
  { together, ...options }: { readonly concurrency?: number; readonly together?: number } = {},
) {
  await using directory = await temporaryDirectory();
  const blobs = openBlobs(layers, together);
  const files = { layers: layers.map(({ layer }) => layer), entrypoint: undefined, commands: [] };
  const done = await unpackFiles({ files, blobs, directory: directory.path, platform: "linux", ...options });
  return { ...done, ...blobs.state, names: (await readdir(directory.path)).sort() };
}

const names = ["a", "b", "c", "d", "e", "f", "g"];

describe("unpacking without a program to start", () => {
  test("fetches four files at a time, and eight when all are small", async () => {
    const small = [...names, "h", "i", "j"].map((name) => fileLayer(name, name));
    expect((await unpack(small, { together: 8 })).most).toBe(8);
    expect((await unpack([fileLayer("large", "x".repeat(1024 * 1024 + 1)), ...small], { together: 4 })).most).toBe(4);
  });

  test("writes files side by side, and tells each in its order", async () => {
    const done = await unpack(
      names.map((name) => fileLayer(name, `content of ${name}`)),
      { together: 4, concurrency: 4 },
    );
    expect(done.most).toBe(4);
    expect(done.names).toEqual(names);
    expect(done.layers.map(({ path }) => path)).toEqual(names);
    expect(done.layers[6]).toEqual({
      path: "g",
      kind: "file",
      files: 1,
      size: 12,
      digest: digestOf(Buffer.from("content of g")),
    });
  });

  test("writes as many at once as asked for", async () => {
    expect(
      (
        await unpack(
          names.map((name) => fileLayer(name, name)),
          { concurrency: 1 },
        )
      ).most,
    ).toBe(1);
  });

  test("keeps archives in their order, after the files before them", async () => {
    const archive = archiveLayer(
      await tarOf([
        { name: "x/1", content: "1" },
        { name: "x/2", content: "2" },
      ]),
    );
    const done = await unpack([fileLayer("a", "a"), fileLayer("b", "b"), archive, fileLayer("c", "c")]);
    expect(done.layers).toMatchObject([{ path: "a" }, { path: "b" }, { kind: "archive", files: 2 }, { path: "c" }]);
    expect(done.opened[2]).toBe(archive.layer.descriptor.digest);
    expect(done.files).toBe(5);
  });

  test("calls the others off when one fails, and says what failed first", async () => {
    await using directory = await temporaryDirectory();
    const layers = names.map((name) => fileLayer(name, "x".repeat(1000) + name));
    const blobs = openBlobs(layers);
    const lost = new AppError("unavailable", "the line is dead");
    const failing = {
      async *open(descriptor: Descriptor, signal: AbortSignal) {
        if (descriptor.digest === layers[2]?.layer.descriptor.digest) throw lost;
        for await (const chunk of blobs.open(descriptor)) {
          signal.throwIfAborted();
          yield chunk;
        }
      },
    };
    const files = { layers: layers.map(({ layer }) => layer), entrypoint: undefined, commands: [] };
    const unpacking = unpackFiles({ files, blobs: failing, directory: directory.path, platform: "linux" });
    await expect(unpacking).rejects.toBe(lost);
    expect(blobs.state.open).toBe(0);
    expect(blobs.state.opened.length).toBeLessThan(names.length);
  });

  test("refuses the same name twice", async () => {
    await expect(unpack([fileLayer("a", "1"), fileLayer("a", "2")])).rejects.toThrow(
      "there is a file of this name already",
    );
  });
});
