/** What work takes of a computer. */
export interface Room {
  /** Runs the work when there is room for it; what is larger than all the room runs alone. In the order of arrival. */
  use<Value>(bytes: number, work: () => Promise<Value>): Promise<Value>;
}

/** @param places how many work at once at most. @param bytes how much they may take together. */
export function openRoom({ places, bytes }: { readonly places: number; readonly bytes: number }): Room {
  const waiting: { readonly bytes: number; readonly begin: () => void }[] = [];
  let working = 0;
  let taken = 0;

  function admit(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (working > 0 && (working >= places || taken + next.bytes > bytes)) return;
      waiting.shift();
      working += 1;
      taken += next.bytes;
      next.begin();
    }
  }

  return {
    async use(wanted, work) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ bytes: wanted, begin: resolve });
      admit();
      await promise;
      try {
        return await work();
      } finally {
        working -= 1;
        taken -= wanted;
        admit();
      }
    },
  };
}
