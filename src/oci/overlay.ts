import type { Digest } from "./digest.ts";
import { type FetchedManifest, type Storage, verifyWhole } from "./storage.ts";

/** The storage, with contents that are at hand already laid over it, so that nobody asks for them twice. */
export function overlay(storage: Storage, atHand: readonly FetchedManifest[]): Storage {
  const known = new Map<Digest, Uint8Array>();
  for (const { descriptor, bytes } of atHand) {
    verifyWhole(bytes, descriptor);
    known.set(descriptor.digest, bytes);
  }
  return {
    has: async (descriptor, options) => known.has(descriptor.digest) || (await storage.has(descriptor, options)),
    async *fetch(descriptor, options) {
      const bytes = known.get(descriptor.digest);
      if (bytes === undefined) yield* storage.fetch(descriptor, options);
      else yield bytes.subarray(options?.offset ?? 0);
    },
    push: async (expected, content, options) => await storage.push(expected, content, options),
  };
}
