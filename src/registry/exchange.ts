import type { Outgoing } from "../http/connection.ts";
import type { Bytes } from "../oci/storage.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Outgoing;
  readonly signal?: AbortSignal | undefined;
  /**
   * Reads a 200's body at once, all of it and at most this many bytes, so that one that breaks off is tried again like
   * an answer that never came. @see HttpResponse.bytes
   */
  readonly whole?: number;
  /** Whether sending it twice is harmless; by default all but POST and PATCH. */
  readonly retry?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly url: URL;
  /** The address that was asked first, when a redirect led here. */
  readonly redirectedFrom?: URL;
  header(name: string): string | undefined;
  readonly body: Bytes;
  /** The body as text, at most `limit` bytes of it. @throws AppError `bad-data` when it is longer and `cut` is not set. */
  text(limit: number, options?: { readonly cut?: boolean }): Promise<string>;
  bytes(limit: number): Promise<Uint8Array>;
  /** Reads to the end, or lets the connection go: it is to be called on every answer whose body nobody wants. */
  discard(): Promise<void>;
}
