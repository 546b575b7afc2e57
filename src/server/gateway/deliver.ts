import type { IncomingMessage, ServerResponse } from "node:http";
import type { Coding, Download } from "../../release/download.ts";
import type { Contents } from "./contents.ts";

export interface DeliverOptions {
  /** `immutable` for an address whose bytes never change, `short` for one that follows the newest. */
  readonly caching: "immutable" | "short";
  readonly contents: Contents;
  /** Sends the visitor to the registry where it lets strangers in. */
  readonly redirect: boolean;
  /** Milliseconds after which a visitor who takes nothing is cut off. */
  readonly stallTimeout: number;
}

/** What became of a request, for log and metrics. */
export interface Delivery {
  /** As it was sent; 499 for a visitor who had left before. */
  readonly status: number;
  /** Of the body, as far as they were handed to the connection. */
  readonly bytes: number;
  readonly coding: Coding | "identity";
  /** `left`: the visitor went away. `stalled`: they took nothing for too long. `failed`: the content did not come. */
  readonly end: "sent" | "left" | "stalled" | "failed";
  /** Why it failed: also where a status above 499 was sent. */
  readonly error?: unknown;
}

/** Answers GET and HEAD (whoever calls has refused the rest). Never throws: what went wrong is in the delivery. */
export async function deliver(
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  download: Download,
  options: DeliverOptions,
): Promise<Delivery> {
  throw new Error(`not there yet: ${download.fileName} ${options.caching} ${exchange.request.url}`);
}
