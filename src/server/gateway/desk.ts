import type { BlockList } from "node:net";
import type { Catalog } from "../../page/catalog.ts";
import type { Contents } from "./contents/contents.ts";
import type { Documents } from "./documents.ts";
import type { Limits } from "./visitors/limits.ts";
import type { Metrics } from "./watch/metrics.ts";
import type { Offer } from "./offer/offer.ts";
import type { Releases } from "./offer/releases.ts";
import type { LogEvent } from "./watch/requestLog.ts";

/** All that a request is answered with. */
export interface Desk {
  readonly offer: Offer;
  readonly releases: Releases;
  readonly contents: Contents;
  readonly documentsOf: (catalog: Catalog) => Documents;
  readonly limits: Limits;
  readonly metrics: Metrics;
  /** Who may speak for others; undefined when nobody may. */
  readonly proxies: BlockList | undefined;
  /** Computers that strangers are not. */
  readonly neighbours: BlockList;
  readonly redirect: boolean;
  /** Milliseconds in which a visitor has to take a block of 128 KiB. */
  readonly stallTimeout: number;
  /** Whether no new visitors are wanted any more. */
  readonly isStopping: () => boolean;
  /** Somebody speaks for clients who may not: told once, for it is mostly a proxy that was forgotten. */
  readonly onHearsay: () => void;
  /** The text of `/metrics`. */
  readonly formatMetrics: () => string;
  /** Milliseconds, on a clock that never goes back. */
  readonly now: () => number;
  readonly log: (event: LogEvent) => void;
}
