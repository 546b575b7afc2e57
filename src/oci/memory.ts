import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { isStoredAsManifest } from "./mediaTypes.ts";
import {
  type Bytes,
  type Content,
  type FetchedManifest,
  type FetchOptions,
  notFound,
  type PushOptions,
  type TaggedStorage,
  verifyBytes,
} from "./storage.ts";

/** A storage that lives as long as the process. */
export function openMemory(): TaggedStorage {
  const contents = new Map<Digest, { descriptor: Descriptor; bytes: Uint8Array }>();
  const names = new Map<string, Digest>();

  function find(reference: string): { descriptor: Descriptor; bytes: Uint8Array } {
    const found = contents.get(names.get(reference) ?? (reference as Digest));
    if (found === undefined) throw notFound(reference);
    return found;
  }

  return {
    has: async ({ digest, size }) => contents.get(digest)?.bytes.byteLength === size,

    async *fetch(descriptor: Descriptor, options: FetchOptions = {}): Bytes {
      options.signal?.throwIfAborted();
      const { bytes } = find(descriptor.digest);
      if (options.offset === undefined || options.offset === 0) yield* verifyBytes(once(bytes), descriptor);
      else yield bytes.subarray(options.offset);
    },

    async push(expected: Descriptor, content: Content, options: PushOptions = {}): Promise<void> {
      const { mediaType, digest, size } = expected;
      let bytes = contents.get(digest)?.bytes;
      if (bytes?.byteLength !== size) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of verifyBytes(content(0), expected)) {
          options.signal?.throwIfAborted();
          chunks.push(chunk);
        }
        bytes = Buffer.concat(chunks);
      }
      // The same bytes may have come as a blob before: what they are as a manifest counts.
      if (!contents.has(digest) || isStoredAsManifest(mediaType))
        contents.set(digest, { descriptor: { mediaType, digest, size }, bytes });
      if (options.tag !== undefined) names.set(options.tag, digest);
    },

    resolve: async (reference) => find(reference).descriptor,
    fetchManifest: async (reference): Promise<FetchedManifest> => find(reference),

    async tag(descriptor, tag) {
      find(descriptor.digest);
      names.set(tag, descriptor.digest);
    },

    tags: async () => [...names.keys()],
  };
}

async function* once(bytes: Uint8Array): Bytes {
  yield bytes;
}
