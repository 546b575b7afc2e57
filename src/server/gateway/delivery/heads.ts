import { algorithmOf, encodedOf } from "../../../oci/digest.ts";
import type { Download } from "../../../release/download.ts";
import { attachment } from "./disposition.ts";
import type { Span } from "../contents/part.ts";
import type { Variant } from "./variant.ts";

export type Caching = "immutable" | "short";
export type Fields = Readonly<Record<string, string>>;

const CACHE_CONTROL: Readonly<Record<Caching, string>> = {
  immutable: "public, max-age=31536000, immutable",
  // As long as a newest version may stay unknown to those who come by a shared cache.
  short: "public, max-age=60",
};

export interface HeadOptions {
  readonly caching: Caching;
  /** Whether parts can be had. */
  readonly seekable: boolean;
  /** Undefined for all of it. */
  readonly part?: Span | undefined;
}

/** What goes before a file, or a part of it. */
export function fileHead(download: Download, variant: Variant, { caching, seekable, part }: HeadOptions): Fields {
  const { size, digest } = variant.wanted.content;
  const length = part === undefined ? size : part.end - part.start;
  return {
    ...validators(variant, caching),
    "content-type": download.fileName.toLowerCase().endsWith(".zip") ? "application/zip" : "application/octet-stream",
    "content-disposition": attachment(download.fileName),
    "content-length": String(length),
    ...(variant.coding === "identity" ? {} : { "content-encoding": variant.coding }),
    ...(part === undefined ? {} : { "content-range": `bytes ${part.start}-${part.end - 1}/${size}` }),
    ...(seekable ? { "accept-ranges": "bytes" } : {}),
    // RFC 9530 section 3: of the representation, which is the whole in its coding, also where a part of it is sent.
    "repr-digest": `${algorithmOf(digest).replace("sha", "sha-")}=:${Buffer.from(encodedOf(digest), "hex").toString("base64")}:`,
    "x-content-type-options": "nosniff",
  };
}

/** What a 304 says of a file (RFC 9110 section 15.4.5). */
export function validators({ etag }: Variant, caching: Caching): Fields {
  return { etag, vary: "Accept-Encoding", "cache-control": CACHE_CONTROL[caching] };
}
