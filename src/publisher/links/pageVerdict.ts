import type { AppError } from "../../errors.ts";
import { type Digest, encodedOf } from "../../oci/digest.ts";

/** Of a published file, as it is saved. */
export interface ExpectedFile {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What an address of a download page said of the file that it gives. */
export interface Answered {
  readonly status: number;
  readonly etag: string | undefined;
  /** Bytes, as a header tells them. */
  readonly length: string | undefined;
  /** What a list beside the page says of the file. */
  readonly listed?: Digest | undefined;
}

/** Whether an address of a download page gives what the registry has. */
export type PageVerdict =
  /** By the digest that its server or the page's list tells; else by the size, which is all that some servers know. */
  | { readonly kind: "same"; readonly by: "digest" | "list" | "size" }
  | { readonly kind: "different"; readonly detail: string }
  /** There is a file, of which nothing is told. */
  | { readonly kind: "unknown" }
  | { readonly kind: "absent"; readonly status: number }
  /** The page's list names no file for the platform. */
  | { readonly kind: "unlisted" }
  | { readonly kind: "failed"; readonly error: AppError };

export function judgeAnswer({ status, etag, length, listed }: Answered, expected: ExpectedFile): PageVerdict {
  if (status !== 200) return { kind: "absent", status };
  const told = digestOfTag(etag);
  for (const [by, digest] of [
    ["digest", told],
    ["list", listed],
  ] as const) {
    if (digest !== undefined && digest !== expected.digest)
      return {
        kind: "different",
        detail: `${by === "list" ? "its list names" : "it gives"} sha256 ${encodedOf(digest)}`,
      };
  }
  const size = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  if (size !== undefined && size !== expected.size)
    return { kind: "different", detail: `it gives ${size} bytes, and not ${expected.size}` };
  if (told !== undefined) return { kind: "same", by: "digest" };
  if (size === undefined) return { kind: "unknown" };
  return { kind: "same", by: listed === undefined ? "size" : "list" };
}

/** The digest in an entity tag, as gateways and registries write it; undefined in those of other servers. */
export function digestOfTag(etag: string | undefined): Digest | undefined {
  const [, hex] = /^(?:W\/)?"sha256:([0-9a-f]{64})"$/.exec(etag ?? "") ?? [];
  return hex === undefined ? undefined : `sha256:${hex}`;
}
