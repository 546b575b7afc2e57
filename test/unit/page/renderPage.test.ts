import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Catalog } from "../../../src/page/catalog.ts";
import { LANGUAGES } from "../../../src/page/language.ts";
import { renderPage, type PageOptions } from "../../../src/page/renderPage.ts";
import { sampleCatalog, sampleDownload } from "../../support/sampleCatalog.ts";

function render(catalog: Catalog, options: Partial<PageOptions> = {}): string {
  return renderPage(catalog, { ...OPTIONS, ...options }).html;
}

const OPTIONS: PageOptions = {
  language: "en",
  root: "../",
  hrefOf: ({ tag, fileName }) => `${tag}/${fileName}`,
  iconHref: "icon.png",
  choosesLanguage: false,
};

/** The text of a page, without its tags, and without what the script may put into it. */
function textOf(html: string): string {
  const [, body = ""] = html.split("<body>");
  return body
    .replace(/<(script|style)>[^]*?<\/\1>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

describe("renderPage", () => {
  test("tells name, version, date and publisher, and what a launcher does", () => {
    const text = textOf(render(sampleCatalog()));
    expect(text).toContain("Meadow One file to double-click: it installs itself and keeps itself up to date.");
    expect(text).toMatch(/Version 1\.4\.2 3 March 2026 Example Inc\./);
  });

  test("lists every file with its link, size, name and digest", () => {
    const catalog = sampleCatalog();
    const html = render(catalog);
    for (const { fileName, digest } of catalog.downloads) {
      expect(html).toContain(`href="../launcher-1.0.0/${fileName}" download="${fileName}"`);
      expect(html).toContain(`<code>${digest.slice("sha256:".length)}</code>`);
    }
    expect(textOf(html)).toContain("Windows (most PCs) 27 kB");
  });

  test("writes sizes and dates as the language does", () => {
    const downloads = [sampleDownload("linux/amd64", { size: 91_234_567 })];
    const catalog = sampleCatalog({ downloads });
    expect(textOf(render(catalog, { language: "de" }))).toMatch(/3\. März 2026.*91,2 MB.*91\.234\.567 Byte/);
    expect(textOf(render(catalog, { language: "fr" }))).toMatch(/3 mars 2026.*91,2\sMo/);
    expect(textOf(render(catalog, { language: "ja" }))).toMatch(/2026年3月3日/);
  });

  test("links whole addresses as they are, and others from its root", () => {
    expect(render(sampleCatalog(), { hrefOf: () => "https://example.com/a?b&c" })).toContain(
      'href="https://example.com/a?b&amp;c"',
    );
    expect(render(sampleCatalog(), { root: "./", hrefOf: () => "a/b" })).toContain('href="./a/b"');
    expect(render(sampleCatalog(), { root: "./", hrefOf: () => "javascript:x" })).toContain('href="./javascript:x"');
  });

  test("shows the most common file of a system first, and the rarest systems last", () => {
    const platforms = [
      "freebsd/amd64",
      "linux/riscv64",
      "windows/arm64",
      "darwin/amd64",
      "darwin/arm64",
      "windows/amd64",
    ];
    const html = render(sampleCatalog({ downloads: platforms.map((platform) => sampleDownload(platform)) }));
    expect([...html.matchAll(/data-platform="([^"]*)"/g)].map(([, platform]) => platform)).toEqual([
      "windows-amd64",
      "windows-arm64",
      "darwin-arm64",
      "darwin-amd64",
      "linux-riscv64",
      "freebsd-amd64",
    ]);
    expect(textOf(html)).toContain("freebsd/amd64");
  });

  test("takes arm64/v8 for arm64, as registries do", () => {
    const html = render(sampleCatalog({ downloads: [sampleDownload("linux/arm64/v8")] }));
    expect(html).toContain('data-platform="linux-arm64"');
  });

  test.each([
    ["windows/amd64", false, /Windows protected your PC/],
    ["darwin/arm64", false, /zip file, then the app.*Privacy &amp; Security/],
    ["darwin/arm64", true, /zip file, then the app/],
    ["linux/amd64", false, /chmod \+x \.\/Meadow-linux-amd64 &amp;&amp; \.\/Meadow-linux-amd64/],
  ])("says what %s will say about a file (signed: %s)", (platform, codeSigned, words) => {
    const html = render(sampleCatalog({ downloads: [sampleDownload(platform, { codeSigned })] }));
    expect(textOf(html)).toMatch(words);
  });

  test.each([
    ["en", "“Keep”.*“Show more”.*“Keep anyway”", "Safari.*“Downloads”.*“Done”.*“Move to Trash”.*Touch ID"],
    ["de", "„Beibehalten“.*„Mehr anzeigen“.*„Trotzdem beibehalten“", "Safari.*„Downloads“.*„Fertig“.*Touch ID"],
    ["fr", "« Conserver ».*« Afficher plus ».*« Conserver quand même »", "Safari.*« Terminé ».*Touch ID"],
    ["es", "«Conservar».*«Mostrar más».*«Conservar de todos modos»", "Safari.*«Descargas».*«Aceptar».*Touch ID"],
    ["ja", "「保存」.*「詳細表示」.*「保持する」", "Safari.*「ダウンロード」.*「完了」.*Touch ID"],
    ["zh", "“保留”.*删除.*“仍然保留”", "Safari.*“下载”.*“完成”.*触控 ID"],
  ] as const)("leads past every message to the end, in the system's words (%s)", (language, windows, mac) => {
    const text = textOf(render(sampleCatalog(), { language }));
    expect(text).toMatch(new RegExp(`${windows}.*${mac}`));
  });

  test("breaks no line of French before a mark", () => {
    expect(render(sampleCatalog(), { language: "fr" }).split("<script>")[0]).not.toMatch(/[a-zé»…] [:;?!»](?!\w)|« /);
  });

  test("does not warn of what a signed file does not meet", () => {
    const signed = ["windows/amd64", "darwin/arm64"].map((platform) => sampleDownload(platform, { codeSigned: true }));
    const text = textOf(render(sampleCatalog({ downloads: signed })));
    expect(text).not.toMatch(/Windows protected|Privacy|trust the place/);
  });

  test("does without what a catalog does not say", () => {
    const bare = { publisher: undefined, version: undefined, created: undefined, notes: undefined, icon: undefined };
    const program = sampleDownload("linux/amd64", { kind: "program" });
    const html = render(sampleCatalog({ ...bare, downloads: [program] }), { iconHref: undefined });
    expect(textOf(html)).not.toMatch(/Version|undefined|What is new|double-click/);
    expect(html).not.toContain("<img");
    expect(html).toContain('<div class="initial" aria-hidden="true">M</div>');
  });

  test("leaves out a date that is none", () => {
    expect(render(sampleCatalog({ created: "soon" }))).not.toContain("<time");
  });

  test("allows its own style and script by their very text, and nothing else", () => {
    const { html, policy } = renderPage(sampleCatalog(), OPTIONS);
    for (const tag of ["style", "script"]) {
      const [, text = ""] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html) ?? [];
      expect(policy).toContain(`${tag}-src 'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    }
    expect(policy).toMatch(/^default-src 'none'; .*img-src 'self'; base-uri 'none'; form-action 'none'; frame-anc/);
    expect(html.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)?.[1]).toBe(
      policy.replace("; frame-ancestors 'none'", ""),
    );
    expect(html).not.toMatch(/<[^>]* (style|on[a-z]+)=/);
  });

  test.each(LANGUAGES)("is all in its language, and names the others (%s)", (language) => {
    const html = render(sampleCatalog(), { language });
    const tag = language === "zh" ? "zh-Hans" : language;
    expect(html).toContain(`<html lang="${tag}">`);
    expect(html.match(/hreflang="(..)(-Hans)?" href="\.\.\/\1\/"/g)).toHaveLength(LANGUAGES.length);
    expect(html).toContain(`<link rel="alternate" hreflang="${tag}" href="../${language}/" />`);
    expect(html).toMatch(new RegExp(`href="../${language}/" lang="${tag}" hreflang="${tag}" +aria-current="true"`));
    const english = /Details.*What will Windows say\?.*Checksums of all files/;
    expect(english.test(textOf(html))).toBe(language === "en");
  });

  test("takes visitors to their language only where it is to", () => {
    expect(render(sampleCatalog(), { choosesLanguage: true, root: "./" })).toContain(
      '<html lang="en" data-languages="en de fr es ja zh">',
    );
    expect(render(sampleCatalog())).toContain('<html lang="en">');
  });
});
