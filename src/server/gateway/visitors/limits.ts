export interface LimitsOptions {
  /** Requests of one address in a minute. */
  readonly rate: number;
  /** Downloads of one address at once. */
  readonly downloads: number;
  /** Downloads of all addresses at once. */
  readonly allDownloads: number;
  /** Addresses that are remembered, at most. Default 10,000. */
  readonly addresses?: number;
  /** Milliseconds, on a clock that never goes back. */
  readonly now: () => number;
}

/** How much one visitor may take, so that there is something left for the others. */
export interface Limits {
  /** Counts a request. @returns 0 when it may be answered, else the seconds after which the next one may. */
  take(visitor: string): number;
  /** Has the visitor pay for a request that was dear, as if it had been so many more. */
  charge(visitor: string, requests: number): void;
  /** @returns undefined when too many run already. */
  startDownload(visitor: string): Disposable | undefined;
  /** Downloads that run now. */
  readonly running: number;
  /** Addresses that are remembered now. */
  readonly remembered: number;
}

interface Bucket {
  /** Requests that may still be made. */
  tokens: number;
  /** When that was so. */
  at: number;
}

// A page is a handful of requests, and a download that is resumed on a bad line is many.
const BURST_SECONDS = 30;

/** A token bucket for each address. Who was not seen for longest is forgotten first, and begins with a full one. */
export function openLimits(options: LimitsOptions): Limits {
  const { rate, addresses = 10_000, now } = options;
  const perMs = rate / 60_000;
  const capacity = Math.max(1, Math.ceil((rate * BURST_SECONDS) / 60));
  const buckets = new Map<string, Bucket>();
  const running = new Map<string, number>();
  let all = 0;

  function bucketOf(visitor: string): Bucket {
    const at = now();
    const old = buckets.get(visitor);
    const tokens = old === undefined ? capacity : Math.min(capacity, old.tokens + (at - old.at) * perMs);
    const bucket = { tokens, at };
    // Anew, so that the order of the map is that in which they were seen.
    buckets.delete(visitor);
    buckets.set(visitor, bucket);
    if (buckets.size > addresses) forgetOldest(buckets);
    return bucket;
  }

  return {
    take(visitor) {
      const bucket = bucketOf(visitor);
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000));
      bucket.tokens -= 1;
      return 0;
    },
    charge(visitor, requests) {
      const bucket = bucketOf(visitor);
      // Never so deep that it takes longer than a minute to come back.
      bucket.tokens = Math.max(-rate, bucket.tokens - requests);
    },
    startDownload(visitor) {
      const own = running.get(visitor) ?? 0;
      if (own >= options.downloads || all >= options.allDownloads) return undefined;
      running.set(visitor, own + 1);
      all += 1;
      let ended = false;
      return {
        [Symbol.dispose]() {
          if (ended) return;
          ended = true;
          all -= 1;
          const left = (running.get(visitor) ?? 1) - 1;
          if (left === 0) running.delete(visitor);
          else running.set(visitor, left);
        },
      };
    },
    get running() {
      return all;
    },
    get remembered() {
      return buckets.size;
    },
  };
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  const [oldest] = buckets.keys();
  if (oldest !== undefined) buckets.delete(oldest);
}
