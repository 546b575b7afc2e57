// What a server is asked to hold open for one client, and browsers allow themselves about as much.
const MOST = 8;
// Half of it stays for other files: as many travel at once as there are places then.
const MOST_EXTRA = 4;

/** How many connections bring content from each host. */
export interface Lanes {
  /** A blob's own, which it gets in any case. @returns what gives it back. */
  enter(host: string): () => void;
  /** One more for a blob that has one. @returns what gives it back, or undefined where there are enough. */
  extra(host: string): (() => void) | undefined;
}

export function openLanes(): Lanes {
  const own = new Map<string, number>();
  const extra = new Map<string, number>();

  const take = (places: Map<string, number>, host: string): (() => void) => {
    add(places, host, 1);
    let given = false;
    return () => {
      if (!given) add(places, host, -1);
      given = true;
    };
  };

  return {
    enter: (host) => take(own, host),
    extra(host) {
      const extras = extra.get(host) ?? 0;
      if (extras >= MOST_EXTRA || extras + (own.get(host) ?? 0) >= MOST) return undefined;
      return take(extra, host);
    },
  };
}

function add(places: Map<string, number>, host: string, count: number): void {
  const sum = (places.get(host) ?? 0) + count;
  if (sum === 0) places.delete(host);
  else places.set(host, sum);
}
