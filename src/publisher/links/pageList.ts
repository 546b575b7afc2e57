import * as v from "valibot";
import { AppError } from "../../errors.ts";
import { digestSchema } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseJsonAs } from "../../oci/parse.ts";
import type { Visitor } from "../../registry/visitor.ts";

/** A file that a page of plain files offers. */
export interface PageEntry {
  /** `windows/amd64`; undefined for a file that belongs to no platform. */
  readonly platform: string | undefined;
  readonly fileName: string;
  readonly url: URL;
  readonly digest: Digest;
}

const listSchema = v.object({
  downloads: v.array(
    v.object({
      platform: v.exactOptional(v.string()),
      fileName: v.string(),
      href: v.pipe(
        v.string(),
        v.check((href) => URL.canParse(href, "http://page.invalid/"), "not an address"),
      ),
      digest: digestSchema,
    }),
  ),
});

const MAX_BYTES = 1024 * 1024;

/** What `downloads.json` beside a page lists. @throws AppError `not-found`, `bad-data`, `unavailable`. */
export async function readPageList(visitor: Visitor, page: URL): Promise<PageEntry[]> {
  const url = new URL("downloads.json", page);
  const { status, bytes } = await visitor.read(url, MAX_BYTES);
  if (status !== 200) {
    throw new AppError("not-found", `${page.href} is no download page: ${url.href} answers ${status}`, {
      hint: "Name the address under which slipway serve runs, or under which the files of slipway page lie.",
    });
  }
  const { downloads } = parseJsonAs(listSchema, bytes, url.href);
  return downloads.map(({ platform, fileName, href, digest }) => ({
    platform,
    fileName,
    url: new URL(href, url),
    digest,
  }));
}
