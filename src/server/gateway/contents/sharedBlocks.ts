/** Bytes of a block: what is read and checked at once, and what a reader has in memory at a time. */
export const SHARED_BYTES = 128 * 1024;

/** A block at which many may look at once. */
export interface SharedBlock {
  readonly bytes: Uint8Array;
  /** Called once by each who took it, and the last one to do so lets the memory be used again. */
  release(): void;
}

export interface SharedBlocks {
  /** @param load fills the memory, and gives the part of it that counts. Its failure is everybody's who waits. */
  take(key: string, load: (memory: Buffer) => Promise<Uint8Array>): Promise<SharedBlock>;
}

// Visitors who came at about the same time read the same blocks: each is read and checked once, and not once for each.
const MOST_KEPT = 64;

interface Kept {
  readonly memory: Buffer;
  readonly loaded: Promise<Uint8Array>;
  users: number;
}

/** What has been read last, in memory that is used over and over again. */
export function openSharedBlocks(): SharedBlocks {
  const kept = new Map<string, Kept>();
  const spare: Buffer[] = [];

  function reuse({ memory, users }: Kept): void {
    if (users === 0 && spare.length < MOST_KEPT) spare.push(memory);
  }

  function forget(key: string, block: Kept): void {
    if (kept.get(key) === block) kept.delete(key);
  }

  function release(key: string, block: Kept): void {
    block.users -= 1;
    if (kept.get(key) !== block) reuse(block);
  }

  function begin(load: (memory: Buffer) => Promise<Uint8Array>): Kept {
    const [oldest] = kept;
    if (oldest !== undefined && kept.size >= MOST_KEPT) {
      forget(...oldest);
      reuse(oldest[1]);
    }
    const memory = spare.pop() ?? Buffer.allocUnsafeSlow(SHARED_BYTES);
    return { memory, loaded: load(memory), users: 0 };
  }

  return {
    async take(key, load) {
      const block = kept.get(key) ?? begin(load);
      // Last in the order is who was used last.
      kept.delete(key);
      kept.set(key, block);
      block.users += 1;
      try {
        return { bytes: await block.loaded, release: () => release(key, block) };
      } catch (error) {
        forget(key, block);
        release(key, block);
        throw error;
      }
    },
  };
}
