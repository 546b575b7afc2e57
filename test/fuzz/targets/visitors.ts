import { equal, ok } from "node:assert/strict";
import { isIP } from "node:net";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { selectLanguage } from "../../../src/page/language.ts";
import { renderNotes } from "../../../src/page/notes.ts";
import { selectForVisitor } from "../../../src/page/selectForVisitor.ts";
import { readPageList } from "../../../src/publisher/links/pageList.ts";
import { readDownloads } from "../../../src/release/readDownloads.ts";
import { judgeConditions, rangeHolds } from "../../../src/server/gateway/delivery/conditional.ts";
import { negotiate } from "../../../src/server/gateway/delivery/negotiate.ts";
import { parseRange } from "../../../src/server/gateway/delivery/range.ts";
import { formatFilePath, parseRoute } from "../../../src/server/gateway/route.ts";
import { clientAddress, openProxies, visitorOf } from "../../../src/server/gateway/visitors/address.ts";
import { sampleDownload } from "../../support/sampleCatalog.ts";
import { linesOf, polite, politely, type Target, target, textOf } from "../target.ts";
import { IMAGE } from "./samples.ts";

const SIZE = 90_000;
const ETAG = `"sha256:${"0".repeat(64)}"`;
const PAGE = new URL("https://get.example/");
const PLATFORM = { os: "windows", architecture: "amd64" };
const DOWNLOADS = ["windows/amd64", "darwin/arm64", "darwin/amd64", "linux/amd64"].map((name) => sampleDownload(name));

const PLAIN_ELEMENTS: ReadonlySet<string> = new Set(
  "p a em strong code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 hr br".split(" "),
);

/** What browsers say, what proxies say of them, and what a page is made of. */
export const visitors: readonly Target[] = [
  target(
    "gateway-route",
    ["/", "/de/", "/download", "/1.4.2+7/linux/arm/v7/a%20b", "http://x/latest/macos-arm64?a#b", "/launcher-1.0.0/any"],
    (bytes) => {
      const route = parseRoute(textOf(bytes));
      if (route?.kind === "moved") ok(/^\/(?!\/)[\x21-\x7e]*$/.test(route.path));
      if (route?.kind !== "file") return;
      const again = parseRoute(formatFilePath(route));
      ok(again?.kind === "file" || again?.kind === "moved");
    },
  ),
  target(
    "range",
    ["bytes=0-499", "bytes=-500", "bytes=9500-", "bytes=0-0,-1", `bytes=${"9".repeat(40)}-`, "items=1-2"],
    (bytes) => {
      const part = parseRange(textOf(bytes), SIZE);
      if (part.kind === "part") ok(part.start >= 0 && part.start < part.end && part.end <= SIZE);
    },
  ),
  target("conditions", [`${ETAG}\n"a", W/"b,c"\n*`, `W/${ETAG}\n*\n"x"`], (bytes) => {
    const [none = "", match = "", range = ""] = linesOf(bytes);
    const verdict = judgeConditions({ "if-none-match": none, "if-match": match }, ETAG);
    ok(["go-on", "not-modified", "failed"].includes(verdict));
    equal(rangeHolds(range, ETAG), range.trim() === ETAG);
  }),
  target(
    "accept-encoding",
    ["gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8, *;q=0.1", "identity;q=0, x-gzip", "*;q=0"],
    (bytes) => {
      const codings = (["zstd", "br", "gzip"] as const).map((coding, index) => ({ coding, size: 10 + index }));
      const chosen = negotiate(textOf(bytes), { identity: 90, codings });
      ok(chosen === undefined || ["zstd", "br", "gzip", "identity"].includes(chosen));
    },
  ),
  target("accept-language", ["de-AT,de;q=0.9,en;q=0.8", "zh-Hant-TW, *;q=0.5", "pt;q=0"], (bytes) => {
    ok(["en", "de", "fr", "es", "ja", "zh"].includes(selectLanguage(textOf(bytes))));
  }),
  target(
    "forwarded",
    [
      "203.0.113.7, 10.0.0.2\nfor=203.0.113.7;proto=https",
      '[2001:db8::1]:443\nfor="[2001:db8::1]:4711", for=unknown',
      "::ffff:1.2.3.4\nFOR=_hidden",
    ],
    (bytes) => {
      const [xForwardedFor, forwarded] = linesOf(bytes);
      const address = clientAddress({ peer: "10.0.0.1", xForwardedFor, forwarded }, openProxies(["192.0.2.0/24"]));
      ok(isIP(address) !== 0);
      ok(visitorOf(address).length <= 50);
    },
  ),
  target(
    "visitor",
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140\n"Windows"\n"arm"\n"64"',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari\n"macOS"\n\n',
      "curl/8.0",
    ],
    (bytes) => {
      const [userAgent, platform, architecture, bitness] = linesOf(bytes);
      const choice = selectForVisitor(DOWNLOADS, { userAgent, platform, architecture, bitness });
      if (choice.kind === "one") ok(DOWNLOADS.includes(choice.download));
    },
  ),
  target(
    "notes",
    [
      "# New\n\n- *a* [b](https://example.com/) ![c](x.png)\n",
      "[x](javascript:alert(1)) <b onclick=a>\n> ```\n",
      "&#0;",
    ],
    (bytes) => {
      for (const [, name = "", attributes = ""] of renderNotes(textOf(bytes)).text.matchAll(/<\/?(\w+)([^>]*)>/g)) {
        ok(PLAIN_ELEMENTS.has(name), name);
        ok(
          /^(?: (?:(?:title|class|start)="[^"]*"|href="(?!\s*(?:javascript|data|vbscript):)[^"]*"| ?\/?))*$/i.test(
            attributes,
          ),
          attributes,
        );
      }
    },
  ),
  target(
    "page-list",
    [
      '{"downloads":[{"platform":"linux/amd64","fileName":"app","href":"files/app","digest":"sha256:' +
        `${"0".repeat(64)}"}]}`,
      '{"downloads":[]}',
      "<html>",
    ],
    async (bytes) => {
      const look = { status: 200, url: PAGE, header: () => undefined, bytes };
      const read = { look: async () => look, read: async () => look, async [Symbol.asyncDispose]() {} };
      const list = await politely(async () => await readPageList(read, PAGE));
      for (const { url } of list ?? []) ok(url instanceof URL);
    },
  ),
  target("downloads", [IMAGE], (bytes) => {
    const manifest = polite(() => parseManifest(bytes, OCI_MANIFEST));
    if (manifest?.kind !== "image") return;
    const found = readDownloads([{ platform: PLATFORM, manifest }], { tag: "1.0.0", kind: "program" });
    for (const { fileName } of found) ok(fileName !== "" && !/[/\\\p{Cc}]/u.test(fileName));
  }),
];
