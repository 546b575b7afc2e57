import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { formatDownloads } from "../../../src/page/downloadList.ts";
import { formatSums } from "../../../src/page/sums.ts";
import { sampleCatalog, sampleDownload } from "../../support/sampleCatalog.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

describe("SHA256SUMS", () => {
  test("is read by sha256sum, whatever the files are called", async () => {
    await using work = await temporaryDirectory();
    const names = ["plain", "with space", "back\\slash", "-rf", "日本語", " *odd"];
    const downloads = names.map((fileName) => {
      const digest = digestOf(Buffer.from(fileName));
      return sampleDownload("linux/amd64", { fileName, digest });
    });
    for (const name of names) await writeFile(join(work.path, name), name);
    await writeFile(join(work.path, "SHA256SUMS"), formatSums(downloads));
    const out = execFileSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: work.path, encoding: "utf8" });
    expect(out.match(/: OK$/gm)).toHaveLength(names.length);
  });

  test("names a file once, and none whose digest is of another kind", () => {
    const other = sampleDownload("linux/arm64", { digest: `sha512:${"0".repeat(128)}` });
    const one = sampleDownload("linux/amd64");
    expect(formatSums([one, one, other]).split("\n")).toHaveLength(2);
  });
});

describe("downloads.json", () => {
  test("says all that a program needs to fetch a file and check it", () => {
    const list: unknown = JSON.parse(formatDownloads(sampleCatalog(), ({ tag, fileName }) => `${tag}/${fileName}`));
    const { size, digest } = sampleDownload("windows/amd64");
    expect(list).toMatchObject({ formatVersion: 1, name: "Meadow", version: "1.4.2" });
    expect(list).toHaveProperty("downloads.0", {
      platform: "windows/amd64",
      kind: "launcher",
      tag: "launcher-1.0.0",
      fileName: "Meadow-windows-amd64.exe",
      size,
      digest,
      codeSigned: false,
      href: "launcher-1.0.0/Meadow-windows-amd64.exe",
    });
  });
});
