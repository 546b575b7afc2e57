import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { Compression } from "./compression.ts";

/** A content coding of HTTP in which a file is stored ready to be sent (RFC 9110 section 8.4.1, RFC 8878 for zstd). */
export type Coding = "zstd" | "br" | "gzip";

/** One file of a release, as a visitor gets it: under a name of its own, and not under a digest. */
export interface Download {
  /** Undefined for a release that is the same for every computer. */
  readonly platform: Platform | undefined;
  /** The tag under which it was published: `1.4.2` or `launcher-1.0.0`. */
  readonly tag: string;
  /** A launcher is what one hands to people; a program is the release's own file. */
  readonly kind: "launcher" | "program";
  /** What to save it as: one safe path segment. */
  readonly fileName: string;
  /** Of the file as it is saved: bytes. */
  readonly size: number;
  readonly digest: Digest;
  /** What the registry has, and what has to be undone to have the file. */
  readonly stored: { readonly blob: Descriptor; readonly compression: Compression };
  /** The same file, compressed ahead. Each blob is what travels, as it is. */
  readonly codings: readonly { readonly coding: Coding; readonly blob: Descriptor }[];
  /** Whether the system knows who made it: by a certificate, and not by our own signatures. */
  readonly codeSigned: boolean;
}

/** `windows-amd64`, `linux-arm-v7`: the platform as a part of an address. */
export function formatPlatformPath({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("-");
}
