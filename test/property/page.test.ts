import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderBadge } from "../../src/page/badge.ts";
import type { Catalog } from "../../src/page/catalog.ts";
import { LANGUAGES, selectLanguage } from "../../src/page/language.ts";
import { renderNotes } from "../../src/page/notes.ts";
import { renderPage } from "../../src/page/renderPage.ts";
import { sampleCatalog, sampleDownload } from "../support/sampleCatalog.ts";

const RUNS = { numRuns: 300 };

const nasty = fc.constantFrom(
  `"><script>alert(1)</script>`,
  `' onload='alert(1)`,
  `" onfocus=alert(1) autofocus="`,
  "</title></style></script><img src=x onerror=alert(1)>",
  "<!--",
  "-->",
  "]]>",
  "&lt;b&gt;",
  "&#x3c;b>",
  "${alert(1)}",
  "\u202egnp.exe",
  "\u2028",
  "\0",
  "\ud800",
  "\uffff",
  "{{x}}",
  "\n",
  "`",
);
const words = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 8 }), fc.string({ maxLength: 8 })), { maxLength: 4 })
  .map((parts) => parts.join(""));
const maybe = fc.option(words, { nil: undefined });

const catalogs: fc.Arbitrary<Catalog> = fc
  .record({
    name: words,
    publisher: words,
    version: words,
    fileName: words,
    tag: words,
    os: fc.oneof(fc.constantFrom("windows", "darwin", "linux"), words),
    architecture: words,
    variant: maybe,
  })
  .map(({ fileName, tag, os, architecture, variant, ...more }) => {
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    const download = sampleDownload("linux/amd64", { fileName, tag, platform });
    return sampleCatalog({ ...more, created: undefined, notes: undefined, downloads: [download] });
  });

/** Each tag with the names of its attributes: what a page is made of, apart from its words. */
function skeletonOf(html: string): string[] {
  const [, body = ""] = html.replace(/<(script|style)>[^]*?<\/\1>/g, "").split("<!DOCTYPE html>");
  return [...body.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/="[^"]*"/g, "").replace(/\s+/g, " "));
}

const LINK = { root: "../", iconHref: "icon.png", choosesLanguage: false } as const;

describe("a page", () => {
  test("is made of the same elements and attributes, whatever the words of strangers are", () => {
    fc.assert(
      fc.property(catalogs, fc.constantFrom(...LANGUAGES), (catalog, language) => {
        const [download] = catalog.downloads;
        const options = { ...LINK, language, hrefOf: () => download?.fileName ?? "" };
        const os = ["windows", "darwin", "linux"].find((known) => known === download?.platform?.os) ?? "freebsd";
        const plain = sampleDownload("linux/amd64", {
          fileName: os === "darwin" && /\.zip$/i.test(download?.fileName ?? "") ? "plain.zip" : "plain",
          platform: { os, architecture: "x" },
        });
        const { html } = renderPage(catalog, options);
        const expected = renderPage(
          sampleCatalog({ created: undefined, notes: undefined, downloads: [plain] }),
          options,
        );
        expect(skeletonOf(html)).toEqual(skeletonOf(expected.html));
        expect(html.isWellFormed()).toBe(true);
        expect(html).not.toMatch(/[\0\u202e\u2028]/);
      }),
      RUNS,
    );
  });

  test("makes nothing of release notes but what Markdown is for", () => {
    const markdown = fc
      .array(
        fc.oneof(
          nasty,
          fc.constantFrom("# ", "- ", "> ", "![", "](", ")", "*", "\n\n", "1. ", "    ", "<a", " b=c>"),
          fc.string({ maxLength: 8 }),
        ),
      )
      .map((parts) => parts.join(""));
    const known =
      /^<(\/?(p|em|strong|ul|ol|li|code|pre|blockquote|h[3-6]|a)|hr|br|ol start|code class|a href|a href title)>$/;
    fc.assert(
      fc.property(markdown, (notes) => {
        const { text } = renderNotes(notes);
        for (const [tag] of text.matchAll(/<[^>]*>/g)) expect(tag.replace(/="[^"]*"/g, "")).toMatch(known);
        for (const [, href = ""] of text.matchAll(/href="([^"]*)"/g))
          expect(href).not.toMatch(/^[^/?#]*:(?<!^(https?|ircs?|mailto|xmpp):)/i);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a badge", () => {
  test("is an SVG of the same elements, whatever it says", () => {
    const plain = skeletonOf(`<!DOCTYPE html>${renderBadge({ label: "a", value: "b" })}`);
    fc.assert(
      fc.property(words, words, (label, value) => {
        const svg = renderBadge({ label, value });
        expect(skeletonOf(`<!DOCTYPE html>${svg}`)).toEqual(plain);
        expect(svg.replaceAll("\n", "")).toMatch(/^[^\p{Cc}\ufffe\uffff]+$/u);
      }),
      RUNS,
    );
  });
});

describe("selectLanguage", () => {
  test("finds a language for every header", () => {
    fc.assert(
      fc.property(fc.oneof(words, fc.string()), (header) => {
        expect(LANGUAGES).toContain(selectLanguage(header));
      }),
      RUNS,
    );
  });
});
