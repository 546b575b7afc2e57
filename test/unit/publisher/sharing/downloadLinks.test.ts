import { describe, expect, test } from "vitest";
import { addressOf, parseLinkTemplate, placeDownloads } from "../../../../src/publisher/sharing/downloadLinks.ts";
import { sampleDownload } from "../../../support/sampleCatalog.ts";

describe("parseLinkTemplate", () => {
  test.each([
    ["https://example.com/{file}", "https://example.com/My%20app%20%231.exe"],
    ["https://example.com/{tag}/{platform}", "https://example.com/launcher-1.0.0/windows-amd64"],
    ["http://example.com/{platform}?name={file}&x", "http://example.com/windows-amd64?name=My%20app%20%231.exe&x"],
  ])("writes each file's own address as %s says", (template, address) => {
    const linkOf = parseLinkTemplate(template);
    expect(linkOf(sampleDownload("windows/amd64", { fileName: "My app #1.exe" }))).toBe(address);
  });

  test("does not take a file's name for a template again", () => {
    const linkOf = parseLinkTemplate("https://example.com/{file}/{tag}");
    expect(linkOf(sampleDownload("linux/amd64", { fileName: "{tag}$&" }))).toBe(
      "https://example.com/%7Btag%7D%24%26/launcher-1.0.0",
    );
  });

  test.each([
    ["example.com/{file}", /begins with https/],
    ["javascript:{file}", /begins with https/],
    ["https://exa mple.com/{file}", /wants an address/],
    ["https://example.com/app.exe", /the same address for all/],
    ["https://example.com/{file}/{version}", /no placeholder \{version\}/],
  ])("refuses %j", (template, message) => {
    expect(() => parseLinkTemplate(template)).toThrow(message);
  });
});

describe("placeDownloads", () => {
  const named = (platform: string, fileName: string) => sampleDownload(platform, { fileName });

  test("puts each file under its tag and name", () => {
    const downloads = [named("linux/amd64", "app"), named("windows/amd64", "app.exe")];
    expect([...placeDownloads(downloads).values()]).toEqual([
      "files/launcher-1.0.0/app",
      "files/launcher-1.0.0/app.exe",
    ]);
  });

  test("keeps files apart that have one name, on systems where App is app, too", () => {
    const paths = [...placeDownloads([named("linux/amd64", "app"), named("linux/arm64", "App")]).values()];
    expect(paths[0]).toMatch(/^files\/launcher-1\.0\.0\/[0-9a-f]{12}\/app$/);
    expect(paths[1]).toMatch(/^files\/launcher-1\.0\.0\/[0-9a-f]{12}\/App$/);
    expect(paths[0]?.split("/")[2]).not.toBe(paths[1]?.split("/")[2]);
  });

  test("has one place for the same file of several platforms", () => {
    const one = named("linux/amd64", "app");
    const same = { ...named("linux/arm64", "app"), digest: one.digest };
    expect(new Set(placeDownloads([one, same]).values())).toEqual(new Set(["files/launcher-1.0.0/app"]));
  });

  test.each(["..", ".", "a/b", "/etc/passwd", "a\\b", ""])("refuses the name %j", (fileName) => {
    expect(() => placeDownloads([named("linux/amd64", fileName)])).toThrow(/unsafe path/);
  });
});

describe("addressOf", () => {
  test("writes a path as an address", () => {
    expect(addressOf("files/1.0.0/My app #1?.exe")).toBe("files/1.0.0/My%20app%20%231%3F.exe");
  });
});
