import { AppError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { Look, Visitor } from "../../registry/visitor.ts";
import { type Download, formatPlatformPath } from "../../release/download.ts";
import { attempt } from "../doctor/finding.ts";
import { readPageList } from "./pageList.ts";
import { digestOfTag, type ExpectedFile, judgeAnswer, type PageVerdict } from "./pageVerdict.ts";
import { sampleVisitor } from "./sampleVisitors.ts";

/** An address of a download page, and whether it gives what was published. */
export interface PageLink {
  /** `windows/amd64`; undefined for a file that belongs to no platform. */
  readonly platform: string | undefined;
  readonly name: string;
  /** Undefined where the page has none for it. */
  readonly url: string | undefined;
  /** Of the file as it is saved: bytes, and digest. */
  readonly size: number;
  readonly digest: Digest;
  readonly verdict: PageVerdict;
}

/** What the address that chooses for its visitors gives to one of them. */
export interface Choice {
  readonly platform: string;
  readonly verdict: PageVerdict;
}

export interface PageLinks {
  readonly page: { readonly url: string; readonly verdict: PageVerdict };
  /** Undefined for a page of plain files, which has no address that chooses. */
  readonly download: { readonly url: string; readonly choices: readonly Choice[] } | undefined;
  readonly files: readonly PageLink[];
}

export interface PageQuestion {
  /** The page's address, with a slash at its end. */
  readonly page: URL;
  readonly files: readonly Download[];
  /** The release whose own addresses are wanted; undefined for those that lead to what is newest. */
  readonly tag: string | undefined;
}

/** Tries a page's addresses, one after the other, as somebody who downloads. */
export async function findPageLinks(visitor: Visitor, question: PageQuestion): Promise<PageLinks> {
  const { page, tag } = question;
  const top = { url: page.href, verdict: await tryAddress(visitor, page) };
  const address = new URL("download", page);
  if (!(await choosesForVisitors(visitor, address)))
    return { page: top, download: undefined, files: await findListed(visitor, question) };
  const files = await findServed(visitor, question);
  if (tag !== undefined) return { page: top, download: undefined, files };
  return { page: top, download: { url: address.href, choices: await tryChoices(visitor, address, files) }, files };
}

/** A gateway's: each platform has an address of its own. */
async function findServed(visitor: Visitor, { page, files, tag }: PageQuestion): Promise<PageLink[]> {
  const links: PageLink[] = [];
  const described = files.map((file) => ({ ...describeFile(file), place: placeOf(file) }));
  for (const { place, ...link } of described) {
    const several = described.filter((file) => file.place === place).length > 1;
    const path = [...(tag === undefined ? [] : [tag]), place, ...(several ? [link.name] : [])];
    const url = new URL(path.map((part) => encodeURIComponent(part)).join("/"), page);
    links.push({ ...link, url: url.href, verdict: await tryAddress(visitor, url, link) });
  }
  return links;
}

/** Those of plain files, which a list beside the page tells. */
async function findListed(visitor: Visitor, { page, files }: PageQuestion): Promise<PageLink[]> {
  const list = await readPageList(visitor, page);
  const links: PageLink[] = [];
  for (const file of files) {
    const link = describeFile(file);
    const entries = list.filter((entry) => entry.platform === link.platform);
    const entry = entries.find(({ fileName }) => fileName === link.name) ?? entries[0];
    const verdict: PageVerdict =
      entry === undefined
        ? { kind: "unlisted" }
        : await tryAddress(visitor, entry.url, { ...link, listed: entry.digest });
    links.push({ ...link, url: entry?.url.href, verdict });
  }
  return links;
}

/** The part of an address that stands for the platform. */
function placeOf({ platform }: Download): string {
  return platform === undefined ? "any" : formatPlatformPath(platform);
}

interface Wanted extends ExpectedFile {
  readonly listed?: Digest | undefined;
}

async function tryAddress(visitor: Visitor, url: URL, wanted?: Wanted): Promise<PageVerdict> {
  const look = await attempt(async () => await visitor.look(url));
  if (look instanceof AppError) return { kind: "failed", error: look };
  if (wanted === undefined) return look.status === 200 ? { kind: "unknown" } : { kind: "absent", status: look.status };
  return judgeAnswer(answerOf(look, wanted.listed), wanted);
}

/** Whether the address gives somebody who is no browser a file, or at least says that there is none for them. */
async function choosesForVisitors(visitor: Visitor, address: URL): Promise<boolean> {
  const look = await attempt(async () => await visitor.look(address));
  if (look instanceof AppError) return false;
  // Some hosts of plain files answer every address with a page.
  return look.status === 406 || (look.status === 200 && !/^text\/html/i.test(look.header("content-type") ?? ""));
}

async function tryChoices(visitor: Visitor, address: URL, files: readonly PageLink[]): Promise<Choice[]> {
  const choices: Choice[] = [];
  for (const file of files) {
    const headers = file.platform === undefined ? undefined : sampleVisitor(file.platform);
    if (file.platform === undefined || headers === undefined) continue;
    const look = await attempt(async () => await visitor.look(address, headers));
    const verdict: PageVerdict =
      look instanceof AppError ? { kind: "failed", error: look } : judgeChoice(look, file, files);
    choices.push({ platform: file.platform, verdict });
  }
  return choices;
}

/** For the sentence: another system's file is worse than one of another release. */
function judgeChoice(look: Look, file: PageLink, files: readonly PageLink[]): PageVerdict {
  const told = digestOfTag(look.header("etag"));
  const other = files.find(({ digest, platform }) => digest === told && platform !== file.platform);
  if (told !== undefined && told !== file.digest && other?.platform !== undefined)
    return { kind: "different", detail: `it gives the file for ${other.platform}` };
  return judgeAnswer(answerOf(look), file);
}

function answerOf(look: Look, listed?: Digest) {
  return { status: look.status, etag: look.header("etag"), length: look.header("content-length"), listed };
}

function describeFile({ platform, fileName, size, digest }: Download) {
  return { platform: platform === undefined ? undefined : formatPlatform(platform), name: fileName, size, digest };
}
