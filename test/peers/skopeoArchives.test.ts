import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeDockerArchive } from "../../src/archive/dockerArchive.ts";
import { openLayout } from "../../src/archive/layout.ts";
import { createLayoutArchive } from "../../src/archive/layoutArchive.ts";
import { openArchive } from "../../src/archive/openArchive.ts";
import { copyGraph } from "../../src/oci/copy.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import { openMemory } from "../../src/oci/memory.ts";
import type { TaggedStorage } from "../../src/oci/storage.ts";
import { hasProgram } from "../support/peer.ts";
import { startTestRegistry } from "../support/registry.ts";
import { run } from "../support/run.ts";
import { pushSample } from "../support/sample.ts";
import { expectSuccess } from "../support/sandbox.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { pushImage } from "../unit/archive/images.ts";

// Layers that are to keep their digests are gzip: skopeo compresses what is not.

async function skopeo(args: readonly string[]): Promise<string> {
  const done = await run("skopeo", ["--insecure-policy", ...args], { env: process.env });
  expectSuccess(done);
  return done.stdout;
}

/** Digests of the layers of what skopeo or we have there. */
async function layersOf(storage: TaggedStorage, reference: string): Promise<string[]> {
  const manifest = parseManifest((await storage.fetchManifest(reference)).bytes);
  return manifest.kind === "image" ? manifest.layers.map(({ digest }) => digest) : [];
}

describe.runIf(hasProgram("skopeo"))("skopeo", () => {
  test("copies an image out of our oci-archive with the digests that it had", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "ours.tar");
    const source = openMemory();
    const image = await pushImage(source, { tag: "1.0", compressions: ["gzip", "gzip"] });
    await using archive = await createLayoutArchive(file, { replace: false });
    await copyGraph(source, archive, image.descriptor, { tag: "1.0" });
    await archive.finish();
    for (const place of [file, `${file}:1.0`])
      expect(digestOf(Buffer.from(await skopeo(["inspect", "--raw", `oci-archive:${place}`])))).toBe(
        image.descriptor.digest,
      );
    expect(JSON.parse(await skopeo(["inspect", `oci-archive:${file}`]))).toMatchObject({
      Digest: image.descriptor.digest,
      Layers: image.manifest.layers.map(({ digest }) => digest),
    });
    await skopeo(["copy", `oci-archive:${file}:1.0`, `oci:${join(directory.path, "layout")}:copied`]);
    const layout = await openLayout(join(directory.path, "layout"));
    expect((await layout.resolve("copied")).digest).toBe(image.descriptor.digest);
    await copyGraph(layout, openMemory(), await layout.resolve("copied"));
  });

  test("copies a whole release out of our oci-archive into a registry", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry();
    const file = join(directory.path, "ours.tar");
    await using archive = await createLayoutArchive(file, { replace: false });
    const index = await pushSample(archive, { tag: "1.0.0" });
    await archive.finish();
    const target = `docker://${registry.server.address}/example/app:1.0.0`;
    await skopeo(["copy", "--all", "--dest-tls-verify=false", `oci-archive:${file}`, target]);
    expect((await registry.storage.resolve("1.0.0")).digest).toBe(index.digest);
  });

  test("reads our archive though a push into it had failed", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "ours.tar");
    const source = openMemory();
    const image = await pushImage(source, { tag: "1.0", compressions: ["gzip"] });
    const lost = await pushImage(source, { tag: "lost", compressions: ["none"] });
    const [layer] = lost.manifest.layers;
    if (layer === undefined) throw new Error("it has no layer");
    await using archive = await createLayoutArchive(file, { replace: false });
    const failing = archive.push(layer, async function* () {
      yield Buffer.alloc(1000);
      await copyGraph(source, archive, image.descriptor, { tag: "1.0" });
      throw new Error("gone");
    });
    await expect(failing).rejects.toThrow("gone");
    await archive.finish();
    await skopeo(["copy", `oci-archive:${file}`, `dir:${join(directory.path, "out")}`]);
  });

  test("writes an oci-archive that we copy with the digest that it had", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(join(directory.path, "layout"));
    const image = await pushImage(layout, { tag: "1.0", compressions: ["gzip", "gzip"] });
    const index = await pushSample(layout, { tag: "all" });
    for (const [tag, digest] of [
      ["1.0", image.descriptor.digest],
      ["all", index.digest],
    ] as const) {
      const file = join(directory.path, `${tag}.tar`);
      await skopeo(["copy", "--all", `oci:${layout.directory}:${tag}`, `oci-archive:${file}:theirs`]);
      await using archive = await openArchive(file);
      expect(await archive.tags()).toEqual(["theirs"]);
      const target = openMemory();
      await copyGraph(archive, target, await archive.resolve("theirs"), { tag });
      expect((await target.resolve(tag)).digest).toBe(digest);
    }
  });

  test("loads our docker-archive: names, config and layers", async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, "ours.tar");
    const source = openMemory();
    const { descriptor, manifest, layers, config } = await pushImage(source, {
      tag: "1.0",
      compressions: ["gzip", "zstd", "none"],
    });
    await writeDockerArchive(file, {
      source,
      root: descriptor,
      manifest,
      names: ["docker.io/library/app:1.0", "localhost:5000/app:latest"],
      replace: false,
    });
    expect(JSON.parse(await skopeo(["list-tags", `docker-archive:${file}`]))).toMatchObject({
      Tags: ["docker.io/library/app:1.0", "localhost:5000/app:latest"],
    });
    expect(JSON.parse(await skopeo(["inspect", `docker-archive:${file}`]))).toMatchObject({
      Architecture: "amd64",
      Layers: layers.map((layer) => digestOf(layer)),
    });
    const out = join(directory.path, "out");
    await skopeo(["copy", `docker-archive:${file}:localhost:5000/app:latest`, `oci:${out}:1.0`]);
    const layout = await openLayout(out);
    await copyGraph(layout, openMemory(), await layout.resolve("1.0"));
    expect(digestOf(Buffer.from(await skopeo(["inspect", "--config", "--raw", `docker-archive:${file}`])))).toBe(
      digestOf(config),
    );
  });

  test("writes a docker-archive that we read, and has the same digests of its layers", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(join(directory.path, "layout"));
    const image = await pushImage(layout, { tag: "1.0", compressions: ["gzip", "gzip", "none"] });
    const file = join(directory.path, "theirs.tar");
    await skopeo(["copy", `oci:${layout.directory}:1.0`, `docker-archive:${file}:app:1.0`]);
    await using archive = await openArchive(file);
    expect(await archive.tags()).toEqual(["docker.io/library/app:1.0", "1.0"]);
    const { Layers } = JSON.parse(await skopeo(["inspect", `docker-archive:${file}:app:1.0`])) as { Layers: string[] };
    expect(await layersOf(archive, "app:1.0")).toEqual(Layers);
    expect(Layers).toEqual(image.layers.map((layer) => digestOf(layer)));
    const target = openMemory();
    await copyGraph(archive, target, await archive.resolve("1.0"), { tag: "1.0" });

    // And out again, as skopeo wrote it: the same config and layers.
    const again = join(directory.path, "again.tar");
    const { descriptor: root, bytes } = await target.fetchManifest("1.0");
    const manifest = parseManifest(bytes);
    if (manifest.kind !== "image") throw new Error("it is no image");
    await writeDockerArchive(again, { source: target, root, manifest, names: ["app:1.0"], replace: false });
    const configOf = async (path: string): Promise<string> =>
      await skopeo(["inspect", "--config", "--raw", `docker-archive:${path}`]);
    expect(await configOf(again)).toBe(await configOf(file));
  });

  test("writes an oci-archive that ours is equal to in every blob", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(join(directory.path, "layout"));
    const image = await pushImage(layout, { tag: "1.0", compressions: ["gzip", "gzip"] });
    const theirs = join(directory.path, "theirs.tar");
    const ours = join(directory.path, "ours.tar");
    await skopeo(["copy", `oci:${layout.directory}:1.0`, `oci-archive:${theirs}:1.0`]);
    await using archive = await createLayoutArchive(ours, { replace: false });
    await copyGraph(layout, archive, image.descriptor, { tag: "1.0" });
    await archive.finish();
    for (const file of [ours, theirs]) await unpack(file, `${file}.d`);
    const { stdout } = await run("diff", ["-r", `${ours}.d/blobs`, `${theirs}.d/blobs`]);
    expect(stdout).toBe("");
    expect(JSON.parse(await readFile(`${ours}.d/index.json`, "utf8"))).toMatchObject(
      JSON.parse(await readFile(`${theirs}.d/index.json`, "utf8")),
    );
  });
});

async function unpack(file: string, directory: string): Promise<void> {
  expectSuccess(await run("mkdir", [directory]));
  expectSuccess(await run("tar", ["-xf", file, "-C", directory]));
}
