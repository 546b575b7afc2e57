import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLayoutArchive } from "../../../src/archive/layoutArchive.ts";
import { openLayout } from "../../../src/archive/layout.ts";
import {
  type ArchiveLocation,
  formatArchiveLocation,
  onlyManifest,
  openArchiveLocation,
  parseArchiveLocation,
} from "../../../src/archive/location.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { pushSample } from "../../support/sample.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { fileOf, tarOf } from "./tars.ts";

const SHA = `sha256:${"a".repeat(64)}`;

describe("a place in files", () => {
  test.each<[string, ArchiveLocation]>([
    ["oci:layout", { kind: "oci", path: "layout" }],
    ["oci:layout:1.0.0", { kind: "oci", path: "layout", reference: "1.0.0" }],
    ["oci:/a/b.tar:1.0.0", { kind: "oci", path: "/a/b.tar", reference: "1.0.0" }],
    ["oci:../x", { kind: "oci", path: "../x" }],
    ["oci:C:\\dir", { kind: "oci", path: "C:\\dir" }],
    ["oci:C:\\dir:1.0", { kind: "oci", path: "C:\\dir", reference: "1.0" }],
    ["oci:c:/dir/x:1.0", { kind: "oci", path: "c:/dir/x", reference: "1.0" }],
    ["oci:c:1.0", { kind: "oci", path: "c", reference: "1.0" }],
    ["oci:/mnt/a:b/layout", { kind: "oci", path: "/mnt/a:b/layout" }],
    ["oci:/mnt/a:/layout:1.0", { kind: "oci", path: "/mnt/a:/layout", reference: "1.0" }],
    ["oci:/mnt/a@b/layout:1.0", { kind: "oci", path: "/mnt/a@b/layout", reference: "1.0" }],
    [`oci:layout@${SHA}`, { kind: "oci", path: "layout", reference: SHA }],
    [`oci:C:\\x@${SHA}`, { kind: "oci", path: "C:\\x", reference: SHA }],
    ["oci-archive:app.tar", { kind: "oci-archive", path: "app.tar" }],
    ["oci-archive:app.tgz:1.0", { kind: "oci-archive", path: "app.tgz", reference: "1.0" }],
    [
      "oci-archive:a.tar:docker.io/library/app:1.0",
      { kind: "oci-archive", path: "a.tar", reference: "docker.io/library/app:1.0" },
    ],
    ["docker-archive:a.tar", { kind: "docker-archive", path: "a.tar" }],
    ["docker-archive:a.tar:app:1.0", { kind: "docker-archive", path: "a.tar", reference: "app:1.0" }],
    ["docker-archive:a.tar:app:latest", { kind: "docker-archive", path: "a.tar", reference: "app:latest" }],
    [
      "docker-archive:C:\\a.tar:localhost:5000/app:1.0",
      { kind: "docker-archive", path: "C:\\a.tar", reference: "localhost:5000/app:1.0" },
    ],
    [`docker-archive:a.tar@${SHA}`, { kind: "docker-archive", path: "a.tar", reference: SHA }],
    ["app.tar", { kind: "tar", path: "app.tar" }],
    ["app.TAR:1.0", { kind: "tar", path: "app.TAR", reference: "1.0" }],
    ["./x/app.tar:1.0", { kind: "tar", path: "./x/app.tar", reference: "1.0" }],
    ["../app.tar", { kind: "tar", path: "../app.tar" }],
    ["dir/app.tar", { kind: "tar", path: "dir/app.tar" }],
    ["/a.b/app.tar", { kind: "tar", path: "/a.b/app.tar" }],
    ["./a.b/app.tar", { kind: "tar", path: "./a.b/app.tar" }],
    ["C:/x/app.tar", { kind: "tar", path: "C:/x/app.tar" }],
    ["C:\\x\\app.tar:1.0", { kind: "tar", path: "C:\\x\\app.tar", reference: "1.0" }],
    [`app.tar@${SHA}`, { kind: "tar", path: "app.tar", reference: SHA }],
  ])("%s is read, and written the same", (text, expected) => {
    expect(parseArchiveLocation(text)).toEqual(expected);
    expect(formatArchiveLocation(expected)).toBe(text);
  });

  test.each([
    "ghcr.io/example/app:1.0",
    "localhost/app.tar",
    "localhost:5000/app.tar",
    "localhost:5000/app.tar:1.0",
    "registry.example/app.tar",
    `registry.example/app.tar@${SHA}`,
    "docker://registry.example/app.tar:1.0",
    "https://registry.example/app.tar",
    "app:1.0",
    "app.tar.gz",
    "dir/app",
    "oci:",
    "OCI:layout",
    "",
  ])("%j is something else", (text) => {
    expect(parseArchiveLocation(text)).toBe(undefined);
  });
});

describe("opening a place in files", () => {
  test("takes a folder or a tar for oci:, relative to where it is asked", async () => {
    await using directory = await temporaryDirectory();
    await pushSample(await openLayout(join(directory.path, "layout")), { tag: "1.0.0" });
    await using written = await createLayoutArchive(join(directory.path, "layout.tar"), { replace: false });
    await pushSample(written, { tag: "2.0.0" });
    await written.finish();
    for (const [path, tag] of [
      ["layout", "1.0.0"],
      ["layout.tar", "2.0.0"],
    ] as const) {
      await using archive = await openArchiveLocation({ kind: "oci", path }, { cwd: directory.path });
      expect(await archive.tags()).toEqual([tag]);
    }
  });

  test("reads a folder that may not be written, and takes nothing away from one that another is writing", async () => {
    await using directory = await temporaryDirectory();
    await pushSample(await openLayout(directory.path), { tag: "1.0.0" });
    await writeFile(join(directory.path, ".tmp-of-another"), "half");
    const before = await readdir(directory.path, { recursive: true });
    await chmod(directory.path, 0o555);
    try {
      await using archive = await openArchiveLocation({ kind: "oci", path: directory.path }, { cwd: "/" });
      await copyGraph(archive, openMemory(), await archive.resolve("1.0.0"));
    } finally {
      await chmod(directory.path, 0o755);
    }
    expect(await readdir(directory.path, { recursive: true })).toEqual(before);
  });

  test("makes nothing of what is not there", async () => {
    await using directory = await temporaryDirectory();
    const open = async (path: string) => await openArchiveLocation({ kind: "oci", path }, { cwd: directory.path });
    await expect(open("missing")).rejects.toMatchObject({
      code: "not-found",
      message: `there is no ${join(directory.path, "missing")}`,
    });
    await expect(open(".")).rejects.toMatchObject({
      code: "not-found",
      message: `${directory.path} holds no image layout`,
    });
    expect(await readdir(directory.path)).toEqual([]);
  });

  test.each(["oci-archive", "docker-archive"] as const)("takes no folder for %s:", async (kind) => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, "layout"));
    await expect(openArchiveLocation({ kind, path: "layout" }, { cwd: directory.path })).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining("oci:PATH"),
    });
  });
});

describe("a place in files that names nothing", () => {
  test("means the only release, though its platforms are listed beside it and it has two tags", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(join(directory.path, "layout"));
    const location: ArchiveLocation = { kind: "oci", path: "layout" };
    const source = openMemory();
    const index = await pushSample(source, { tag: "1.0.0" });
    await copyGraph(source, layout, index);
    await using archive = await openArchiveLocation(location, { cwd: directory.path });
    expect((await archive.manifests()).length).toBe(3);
    expect((await onlyManifest(archive, location)).digest).toBe(index.digest);
    await layout.tag(index, "1.0.0");
    await layout.tag(index, "latest");
    expect((await onlyManifest(archive, location)).digest).toBe(index.digest);
  });

  test("is asked which of several is meant", async () => {
    await using directory = await temporaryDirectory();
    const layout = await openLayout(join(directory.path, "layout"));
    const location: ArchiveLocation = { kind: "oci", path: "layout" };
    const first = await pushSample(layout, { tag: "1.0.0" });
    await pushSample(layout, { tag: "2.0.0", seed: "second" });
    await using archive = await openArchiveLocation(location, { cwd: directory.path });
    await expect(onlyManifest(archive, location)).rejects.toMatchObject({
      code: "usage",
      message: "oci:layout holds several manifests",
      hint: "Say which:\n  oci:layout:1.0.0\n  oci:layout:2.0.0",
    });
    for (const tag of ["1.0.0", "2.0.0"]) await layout.untag(tag);
    await expect(onlyManifest(archive, location)).rejects.toMatchObject({
      hint: expect.stringContaining(`oci:layout@${first.digest}`),
    });
  });

  test("is told how many more there are than fit on a screen", async () => {
    const manifests = Array.from({ length: 25 }, (_, number) => ({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: `sha256:${String(number).padStart(64, "0")}`,
      size: 1,
    }));
    await using file = await fileOf(
      await tarOf([
        { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
        { name: "index.json", content: JSON.stringify({ manifests }) },
      ]),
    );
    const location: ArchiveLocation = { kind: "tar", path: file.path };
    await using archive = await openArchiveLocation(location, { cwd: "/" });
    await expect(onlyManifest(archive, location)).rejects.toMatchObject({
      hint: expect.stringMatching(/\n {2}and 5 more$/),
    });
  });

  test("is empty", async () => {
    await using file = await fileOf(
      await tarOf([
        { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
        { name: "index.json", content: '{"manifests":[]}' },
      ]),
    );
    const location: ArchiveLocation = { kind: "tar", path: file.path };
    await using archive = await openArchiveLocation(location, { cwd: "/" });
    await expect(onlyManifest(archive, location)).rejects.toMatchObject({ code: "not-found" });
  });
});
