import { AppError, type ErrorCode } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { encodedOf } from "../../oci/digest.ts";
import { formatDownload } from "./links.ts";
import type { Choice, PageLink, PageLinks } from "./pageLinks.ts";
import type { PageVerdict } from "./pageVerdict.ts";

/** For people: the page's address, in one paragraph. */
export function describePage({ page }: PageLinks): string {
  return `${page.url}\n  ${page.verdict.kind === "unknown" ? "is a page that anybody gets" : describeVerdict(page.verdict)}\n`;
}

/** For people: the page's other addresses, and whether each gives what is published under the tag. */
export function describePageFiles({ download, files }: PageLinks, tag: string): string {
  const parts = files.map((file) => describeFile(file, tag));
  return (download === undefined ? parts : [describeDownload(download), ...parts]).join("\n");
}

function describeDownload({ url, choices }: NonNullable<PageLinks["download"]>): string {
  const right = choices.flatMap(({ platform, verdict }) => (isRight(verdict) ? [platform] : []));
  const lines = [
    url,
    ...(right.length === 0 ? [] : [`  gives visitors the file for their system: ${right.join(", ")}`]),
    ...choices.flatMap(({ platform, verdict }) =>
      isRight(verdict) ? [] : [`  does not work for a visitor from ${platform}: ${describeVerdict(verdict)}`],
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function describeFile(file: PageLink, tag: string): string {
  const { platform, name, url, size, digest, verdict } = file;
  const lines = [
    [...(platform === undefined ? [] : [platform]), name, formatBytes(size)].join("  "),
    ...(url === undefined ? [] : [`  ${url}`]),
    `  sha256 ${encodedOf(digest)}`,
    `  ${describeVerdict(verdict, tag)}`,
    ...(url !== undefined && isRight(verdict) ? [`  ${formatDownload({ name, url, digest })}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function describeVerdict(verdict: PageVerdict, tag?: string): string {
  const published = tag === undefined ? "what is published" : tag;
  switch (verdict.kind) {
    case "same":
      return {
        digest: `works for anybody, and gives ${published}`,
        list: `works for anybody, and gives ${published}, as the page's list and the size say`,
        size: `works for anybody, and has the size of ${published}: its server tells no digest`,
      }[verdict.by];
    case "unknown":
      return "works for anybody, but its server tells neither digest nor size of what it gives";
    case "different":
      return `does not give ${published}: ${verdict.detail}`;
    case "absent":
      return `does not work: it answers ${verdict.status}`;
    case "unlisted":
      return "is not on the page";
    case "failed":
      return `does not work: ${verdict.error.message}`;
  }
}

export function plainPage({ page, download, files }: PageLinks) {
  return {
    page: { url: page.url, ...plainVerdict(page.verdict) },
    ...(download === undefined
      ? {}
      : { download: { url: download.url, visitors: download.choices.map(plainWithVerdict) } }),
    files: files.map(plainWithVerdict),
  };
}

function plainWithVerdict<Thing extends Choice | PageLink>({ verdict, ...thing }: Thing) {
  return { ...thing, ...plainVerdict(verdict) };
}

function plainVerdict(verdict: PageVerdict) {
  return {
    verdict: verdict.kind,
    ...(verdict.kind === "same" ? { by: verdict.by } : {}),
    ...(isRight(verdict) ? {} : { reason: describeVerdict(verdict) }),
  };
}

/** @throws AppError when an address does not work, or gives something else. */
export function throwUnlessRight({ page, download, files }: PageLinks): void {
  const verdicts = [page, ...(download?.choices ?? []), ...files].map(({ verdict }) => verdict);
  const wrong = verdicts.filter((verdict) => !isRight(verdict));
  const [first] = wrong;
  if (first === undefined) return;
  throw new AppError(codeOf(first), `${wrong.length} of ${verdicts.length} addresses do not give what is published`, {
    hint: "A gateway looks for what is new once a minute, if not told otherwise; files are written anew by: slipway page",
    cause: first.kind === "failed" ? first.error : undefined,
  });
}

export function isRight({ kind }: PageVerdict): boolean {
  return kind === "same" || kind === "unknown";
}

function codeOf(verdict: PageVerdict): ErrorCode {
  if (verdict.kind === "failed") return verdict.error.code;
  return verdict.kind === "different" ? "bad-data" : "not-found";
}
