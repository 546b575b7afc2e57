import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLayout } from "../../../src/archive/layout.ts";
import { type Bytes, contentOf } from "../../../src/oci/storage.ts";
import { openDiskRegistry } from "../../../src/server/registry/disk.ts";
import { blobOf, collect, noise } from "../../support/bytes.ts";
import { startUpload } from "../../../src/server/registry/uploads.ts";
import { startTestRegistry } from "../../support/registry.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

describe("a registry on disk", () => {
  test("everything is there again after a restart, and what a kill left is swept", async () => {
    await using directory = await temporaryDirectory();
    const open = async () => await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const index = await (async () => {
      await using registry = await open();
      return await pushSample(registry.storage, { tag: "1.0.0" });
    })();
    const layout = join(directory.path, "example", "app");
    await writeFile(join(layout, ".tmp-left"), "half an index");
    await writeFile(join(layout, "blobs", "sha256", ".tmp-left"), "half a blob");
    await writeFile(join(directory.path, "_uploads", "left"), "half an upload");
    await using registry = await open();
    expect(await registry.storage.tags()).toEqual(["1.0.0"]);
    expect((await registry.storage.resolve("1.0.0")).digest).toBe(index.digest);
    expect(
      [
        ...(await readdir(layout)),
        ...(await readdir(join(layout, "blobs", "sha256"))),
        ...(await readdir(join(directory.path, "_uploads"))),
      ].filter((name) => /left/.test(name)),
    ).toEqual([]);
  });

  test("names that a layout uses itself are no trouble", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const names = ["example", "example/blobs", "example/blobs/sha256", "example/index.json", "oci-layout"];
    for (const name of names)
      await pushSample(registry.client.repository({ host: registry.server.address, name }), {
        tag: "1.0.0",
        seed: name,
      });
    expect(await (await fetch(`${registry.server.url}/v2/_catalog`)).json()).toEqual({
      repositories: [...names].sort(),
    });
  });

  test("a layout that was damaged says which file", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    await mkdir(join(directory.path, "broken"));
    await writeFile(join(directory.path, "broken", "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    const answer = await fetch(`${registry.server.url}/v2/broken/tags/list`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("index.json is missing");
  });

  test("a push that was refused leaves no file behind", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const uploads = `${registry.server.url}/v2/example/app/blobs/uploads/`;
    for (const digest of ["sha256:short", blobOf(noise(10)).digest])
      expect((await fetch(`${uploads}?digest=${digest}`, { method: "POST", body: "other" })).status).toBe(400);
    expect(await readdir(directory.path, { recursive: true })).toEqual(["_uploads"]);
  });

  test("one manifest that is lost or damaged is no trouble for the others", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const kept = await pushSample(registry.storage, { tag: "kept", seed: "kept" });
    const pathOf = (digest: string): string => join(directory.path, "example/app/blobs", digest.replace(":", "/"));
    await writeFile(pathOf((await pushSample(registry.storage, { tag: "damaged", seed: "damaged" })).digest), "x");
    await rm(pathOf((await pushSample(registry.storage, { tag: "lost", seed: "lost" })).digest));
    expect(await registry.storage.referrers(kept.digest)).toEqual([]);
    expect((await registry.storage.resolve("kept")).digest).toBe(kept.digest);
    await expect(registry.storage.resolve("lost")).rejects.toMatchObject({ code: "not-found" });
    await expect(registry.storage.resolve("nothing")).rejects.toMatchObject({ code: "not-found" });
  });

  test("a blob that is damaged is not mounted elsewhere", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    const bytes = noise(10);
    const { digest } = blobOf(bytes);
    await registry.storage.push(blobOf(bytes), contentOf(bytes));
    await writeFile(join(directory.path, "example/app/blobs", digest.replace(":", "/")), noise(10, "damage"));
    const mount = `${registry.server.url}/v2/example/other/blobs/uploads/?mount=${digest}&from=example/app`;
    expect((await fetch(mount, { method: "POST" })).status).toBe(202);
  });

  test("what another tool puts into a repository's folder is seen", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startTestRegistry({ storage: await openDiskRegistry(directory.path) });
    await pushSample(registry.storage, { tag: "1.0.0" });
    await pushSample(await openLayout(join(directory.path, "example", "app")), { tag: "2.0.0", seed: "other" });
    expect(await registry.storage.tags()).toEqual(["1.0.0", "2.0.0"]);
  });

  test("an upload that broke off leaves none of its bytes in what is sent after it", async () => {
    await using directory = await temporaryDirectory();
    const storage = await openDiskRegistry(directory.path);
    const upload = await storage.startUpload("example/app");
    await expect(upload.append(breakingOff(noise(500)))).rejects.toThrow("the line went dead");
    // Nor on the disk meanwhile, which they may have filled.
    expect((await stat(join(directory.path, "_uploads", upload.id))).size).toBe(0);
    const bytes = noise(10);
    await upload.append(contentOf(bytes)(0));
    await upload.commit(blobOf(bytes).digest);
    const repository = await storage.open("example/app");
    expect(bytes.equals(await collect(repository.fetch(blobOf(bytes))))).toBe(true);
  });

  test("an upload that was overtaken leaves none of its bytes either", async () => {
    await using directory = await temporaryDirectory();
    const storage = await openDiskRegistry(directory.path);
    const upload = await storage.startUpload("example/app");
    const written = Promise.withResolvers<void>();
    const dead = Promise.withResolvers<void>();
    const late = upload.append(
      (async function* () {
        yield noise(500, "late");
        // Asked for more: the first bytes are on the disk.
        written.resolve();
        await dead.promise;
      })(),
    );
    await written.promise;
    const bytes = noise(10);
    await upload.append(contentOf(bytes)(0));
    dead.resolve();
    await expect(late).rejects.toMatchObject({ status: 416 });
    await upload.commit(blobOf(bytes).digest);
    const repository = await storage.open("example/app");
    expect(bytes.equals(await collect(repository.fetch(blobOf(bytes))))).toBe(true);
  });

  test("a push in one request that broke off leaves no file behind", async () => {
    await using directory = await temporaryDirectory();
    const storage = await openDiskRegistry(directory.path);
    const request = breakingOff(noise(500)) as unknown as IncomingMessage;
    const query = new URLSearchParams({ digest: blobOf(noise(1000)).digest });
    await expect(startUpload({ storage, name: "example/app", request, query })).rejects.toThrow("the line went dead");
    expect(await readdir(join(directory.path, "_uploads"))).toEqual([]);
  });
});

async function* breakingOff(bytes: Uint8Array): Bytes {
  yield bytes;
  await Promise.reject(new Error("the line went dead"));
}
