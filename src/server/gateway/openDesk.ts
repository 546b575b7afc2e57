import { join } from "node:path";
import type { Catalog } from "../../page/catalog.ts";
import { formatError } from "../../errors.ts";
import { openPrivate, openProxies } from "./visitors/address.ts";
import { openContents, type Trouble } from "./contents/contents.ts";
import type { Desk } from "./desk.ts";
import { type Documents, openDocuments } from "./documents.ts";
import { keptCatalog } from "./offer/keptCatalog.ts";
import { type LimitsOptions, openLimits } from "./visitors/limits.ts";
import { type Metrics, openMetrics } from "./watch/metrics.ts";
import { type OfferEvent, openOffer } from "./offer/offer.ts";
import { openReleases } from "./offer/releases.ts";
import type { LogEvent } from "./watch/requestLog.ts";
import type { Shelf } from "./shelf.ts";

export interface DeskOptions {
  readonly shelf: Shelf;
  /** Which repository the shelf is of: the cache's folder may have served another one before. */
  readonly source: string;
  /** A folder of the gateway's own, and the bytes of content that it keeps there at most. */
  readonly cache: { readonly directory: string; readonly limit: number };
  /** Milliseconds after which is asked again what the registry offers. */
  readonly refresh: number;
  readonly limits: Pick<LimitsOptions, "rate" | "downloads" | "allDownloads">;
  /** Who may speak for others besides computers of the same house; undefined when nobody may. */
  readonly proxies: readonly string[] | undefined;
  /** Sends visitors to the registry where it lets strangers in. */
  readonly redirect: boolean;
  /** Milliseconds in which a visitor has to take a block of 128 KiB of a download. Default two minutes: the system takes a while to say how far it is. */
  readonly stallTimeout?: number;
  /** Of this process, for `/metrics`. */
  readonly residentBytes: () => number;
  /** Milliseconds, on a clock that never goes back. */
  readonly now?: () => number;
  readonly log: (event: LogEvent) => void;
}

/** What a desk knows of the server around it. */
export interface Surroundings {
  readonly isStopping: () => boolean;
  readonly connections: () => number;
}

/** @throws AppError when the registry does not tell what it offers, and no earlier run has kept it. */
export async function openDesk(options: DeskOptions, around: Surroundings): Promise<Desk & AsyncDisposable> {
  const { shelf, cache, refresh, redirect, log, now = () => performance.now() } = options;
  const proxies = options.proxies === undefined ? undefined : openProxies(options.proxies);
  const metrics = openMetrics();
  const limits = openLimits({ ...options.limits, now });
  const kept = keptCatalog(cache.directory, options.source);
  const offer = openOffer({
    shelf,
    refresh,
    now,
    kept: await kept.read(),
    keep: async (catalog) => await kept.write(catalog),
    onEvent: (event) => tellOffer(event, metrics, log),
  });
  await offer.refresh();
  await offer.catalog();
  const contents = await openContents({
    directory: join(cache.directory, "content"),
    limit: cache.limit,
    shelf,
    onTrouble: (trouble) => tellTrouble(trouble, metrics, log),
  });
  const documents = new WeakMap<Catalog, Documents>();
  let told = false;

  return {
    offer,
    releases: openReleases({ shelf, refresh, now }),
    contents,
    limits,
    metrics,
    proxies,
    neighbours: openPrivate(),
    redirect,
    stallTimeout: options.stallTimeout ?? 120_000,
    isStopping: around.isStopping,
    now,
    log,
    documentsOf(catalog) {
      const made = documents.get(catalog) ?? openDocuments(catalog, contents);
      documents.set(catalog, made);
      return made;
    },
    onHearsay() {
      if (told) return;
      told = true;
      const message =
        "requests come through a proxy, and all count as one visitor's: --trust-proxy believes what it says of them";
      log({ event: "proxy", message });
    },
    formatMetrics: () =>
      metrics.format({
        downloadsRunning: limits.running,
        connections: around.connections(),
        catalogAgeSeconds: offer.age === undefined ? undefined : offer.age / 1000,
        catalogStale: offer.stale,
        cacheBytes: contents.kept.bytes,
        cacheFiles: contents.kept.files,
        residentBytes: options.residentBytes(),
      }),
    [Symbol.asyncDispose]: async () => await contents[Symbol.asyncDispose](),
  };
}

function tellOffer(event: OfferEvent, metrics: Metrics, log: (event: LogEvent) => void): void {
  switch (event.kind) {
    case "read":
      return metrics.countRefresh("ok");
    case "failed":
      return metrics.countRefresh("failed");
    case "lost":
      return log({ event: "registry", message: `what was known before is offered on: ${formatError(event.error)}` });
    case "found":
      return log({ event: "registry", message: "it answers again" });
  }
}

function tellTrouble(trouble: Trouble, metrics: Metrics, log: (event: LogEvent) => void): void {
  if (trouble.kind === "disk") {
    const message = `nothing can be kept on disk, everything comes from the registry: ${formatError(trouble.error)}`;
    return log({ event: "cache", message });
  }
  const { where, blob, error } = trouble;
  metrics.countMismatch(where);
  log({ event: "mismatch", message: `${blob.digest} from the ${where} was kept from visitors: ${formatError(error)}` });
}
