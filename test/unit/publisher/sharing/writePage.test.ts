import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../../src/oci/digest.ts";
import { writePage } from "../../../../src/publisher/sharing/writePage.ts";
import { openSampleShelf, sampleCatalog, sampleDownload } from "../../../support/sampleCatalog.ts";
import { sampleIcon } from "../../../support/sampleIcon.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";

const { signal } = new AbortController();

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

describe("writePage", () => {
  test("writes pages, lists, badge, icon and the files themselves", async () => {
    await using work = await temporaryDirectory();
    const downloads = [sampleDownload("windows/amd64"), sampleDownload("linux/amd64")];
    const catalog = sampleCatalog({ downloads });
    const written = await writePage(openSampleShelf(catalog), catalog, { directory: work.path, signal });
    expect(await filesIn(work.path)).toEqual([
      "SHA256SUMS",
      "badge.svg",
      "de/index.html",
      "downloads.json",
      "en/index.html",
      "es/index.html",
      "files/launcher-1.0.0/Meadow-linux-amd64",
      "files/launcher-1.0.0/Meadow-windows-amd64.exe",
      "fr/index.html",
      "icon.png",
      "index.html",
      "ja/index.html",
      "zh/index.html",
    ]);
    expect(written.files.map(({ written }) => written)).toEqual([true, true]);
    expect([...written.pages, ...written.files.map(({ path }) => path)].sort()).toEqual(await filesIn(work.path));
    expect(await readFile(join(work.path, "icon.png"))).toEqual(sampleIcon(192));
    const html = await readFile(join(work.path, "de/index.html"), "utf8");
    expect(html).toContain('href="../files/launcher-1.0.0/Meadow-windows-amd64.exe"');
    // A web server runs as somebody else.
    expect((await stat(join(work.path, "index.html"))).mode & 0o044).toBe(0o044);
    execFileSync("sha256sum", ["--check", "../../SHA256SUMS"], { cwd: join(work.path, "files/launcher-1.0.0") });
  });

  test("fetches nothing again that is there, writes anew what is damaged, and deletes nothing", async () => {
    await using work = await temporaryDirectory();
    const catalog = sampleCatalog({ icon: undefined });
    const shelf = openSampleShelf(catalog);
    await writePage(shelf, catalog, { directory: work.path, signal });
    const path = (name: string): string => join(work.path, "files/launcher-1.0.0", name);
    const whole = await readFile(path("Meadow-linux-amd64"));
    const damaged = Buffer.from(whole).fill(0, 5, 6);
    await writeFile(path("Meadow-linux-amd64"), damaged);
    await writeFile(path("Meadow-linux-arm64"), "cut");
    await writeFile(join(work.path, "CNAME"), "example.com");
    await mkdir(join(work.path, "files/launcher-0.9.0"));
    await writeFile(join(work.path, "files/launcher-0.9.0/old"), "old");
    await utimes(path("Meadow-windows-amd64.exe"), 1, 1);
    shelf.fetched.length = 0;
    const told: string[] = [];
    const onFetch = ({ fileName }: { fileName: string }): void => void told.push(fileName);
    const again = await writePage(shelf, catalog, { directory: work.path, signal, onFetch });
    expect(again.files.filter(({ written }) => written).map(({ path }) => path)).toEqual([
      "files/launcher-1.0.0/Meadow-linux-amd64",
      "files/launcher-1.0.0/Meadow-linux-arm64",
    ]);
    expect(told).toEqual(["Meadow-linux-amd64", "Meadow-linux-arm64"]);
    expect(shelf.fetched).toHaveLength(2);
    expect(await readFile(path("Meadow-linux-amd64"))).toEqual(whole);
    expect((await stat(path("Meadow-windows-amd64.exe"))).mtimeMs).toBe(1000);
    expect(await filesIn(work.path)).toEqual(expect.arrayContaining(["CNAME", "files/launcher-0.9.0/old"]));
  });

  test.each(["gzip", "none"] as const)("writes a file that is stored as %s as it is published", async (compression) => {
    await using work = await temporaryDirectory();
    const content = Buffer.from("a program\n".repeat(100));
    const bytes = compression === "gzip" ? gzipSync(content) : content;
    const blob = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.byteLength };
    const file = { fileName: "app", size: content.byteLength, digest: digestOf(content) };
    const catalog = sampleCatalog({
      downloads: [sampleDownload("linux/amd64", { ...file, stored: { blob, compression } })],
    });
    await writePage(openSampleShelf(catalog, [bytes]), catalog, { directory: work.path, signal });
    expect(await readFile(join(work.path, "files/launcher-1.0.0/app"))).toEqual(content);
  });

  test("gives no name to content that is not what was published, and leaves the page as it was", async () => {
    await using work = await temporaryDirectory();
    const good = sampleDownload("linux/amd64");
    const bad = { ...good, digest: sampleDownload("linux/arm64").digest };
    const before = sampleCatalog({ downloads: [good], version: "1.0.0" });
    await writePage(openSampleShelf(before), before, { directory: work.path, signal });
    const there = await filesIn(work.path);
    const catalog = sampleCatalog({ downloads: [{ ...bad, tag: "launcher-2.0.0" }], version: "2.0.0" });
    const writing = writePage(openSampleShelf(catalog), catalog, { directory: work.path, signal });
    await expect(writing).rejects.toMatchObject({ code: "bad-data" });
    expect(await filesIn(work.path)).toEqual(there);
    expect(await readFile(join(work.path, "index.html"), "utf8")).toContain("Version 1.0.0");
  });

  test("links to files elsewhere without fetching them", async () => {
    await using work = await temporaryDirectory();
    const catalog = sampleCatalog({ icon: undefined });
    const shelf = openSampleShelf(catalog);
    const linkOf = ({ fileName }: { fileName: string }): string => `https://example.com/${fileName}`;
    const written = await writePage(shelf, catalog, { directory: work.path, signal, linkOf });
    expect(written.files).toEqual([]);
    expect(shelf.fetched).toEqual([]);
    expect(await readFile(join(work.path, "fr/index.html"), "utf8")).toContain(
      'href="https://example.com/Meadow-linux-amd64"',
    );
    expect(JSON.parse(await readFile(join(work.path, "downloads.json"), "utf8"))).toHaveProperty(
      "downloads.0.href",
      "https://example.com/Meadow-windows-amd64.exe",
    );
  });
});
