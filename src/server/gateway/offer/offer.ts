import { timeoutAfter } from "../../../abort.ts";
import { AppError } from "../../../errors.ts";
import type { Catalog } from "../../../page/catalog.ts";
import type { Shelf } from "../shelf.ts";

export interface OfferOptions {
  readonly shelf: Pick<Shelf, "readCatalog">;
  /** Milliseconds after which the catalog is read again, when somebody wants it. */
  readonly refresh: number;
  /** What an earlier run has kept: it serves while the registry is away at the start. */
  readonly kept: Catalog | undefined;
  /** Keeps it for the next run. */
  readonly keep: (catalog: Catalog) => Promise<void>;
  /** Milliseconds, on a clock that never goes back. */
  readonly now: () => number;
  readonly onEvent: (event: OfferEvent) => void;
}

export type OfferEvent =
  | { readonly kind: "read" }
  | { readonly kind: "failed"; readonly error: unknown }
  /** Told once, and not at each try. */
  | { readonly kind: "lost"; readonly error: unknown }
  | { readonly kind: "found" };

/** What is offered, without the registry being asked at each visit. */
export interface Offer {
  /** The last one that is known; nobody waits for a newer one. @throws AppError when there is none yet. */
  catalog(): Promise<Catalog>;
  /** Reads it now, or waits for whoever does so already. Never throws. */
  refresh(): Promise<void>;
  /** Whether the last try to read it failed. */
  readonly stale: boolean;
  /** Milliseconds since it was read; undefined for one of an earlier run, or none. */
  readonly age: number | undefined;
}

// A registry that takes longer has an answer for nobody.
const PATIENCE_MS = 30_000;
// Who comes while it is away does not make it more so.
const PAUSE_MS = 5_000;

export function openOffer(options: OfferOptions): Offer {
  const { shelf, refresh, now, onEvent } = options;
  let catalog = options.kept;
  let readAt: number | undefined;
  let triedAt: number | undefined;
  let trouble: unknown;
  let lost = false;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      catalog = await shelf.readCatalog(timeoutAfter(PATIENCE_MS));
      readAt = now();
      onEvent({ kind: "read" });
      if (lost) onEvent({ kind: "found" });
      lost = false;
      trouble = undefined;
    } catch (error) {
      onEvent({ kind: "failed", error });
      trouble = error;
      // Without anything to offer it is an error, and whoever wants it is told.
      if (!lost && catalog !== undefined) onEvent({ kind: "lost", error });
      lost = catalog !== undefined;
    }
    triedAt = now();
    if (trouble === undefined && catalog !== undefined) await options.keep(catalog);
  }

  function isDue(): boolean {
    if (triedAt === undefined) return true;
    return now() - triedAt >= (trouble === undefined ? refresh : Math.min(refresh, PAUSE_MS));
  }

  async function refreshNow(): Promise<void> {
    reading ??= read().finally(() => (reading = undefined));
    await reading;
  }

  return {
    async catalog() {
      if (isDue()) void refreshNow();
      if (catalog === undefined && reading !== undefined) await reading;
      if (catalog !== undefined) return catalog;
      throw trouble instanceof AppError ? trouble : new AppError("unavailable", "the registry does not answer");
    },
    refresh: refreshNow,
    get stale() {
      return trouble !== undefined;
    },
    get age() {
      return readAt === undefined ? undefined : now() - readAt;
    },
  };
}
