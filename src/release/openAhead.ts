import type { Bytes } from "../oci/storage.ts";

/** Begins to read at once. To be closed, should nobody read it. */
export function openAhead(content: Bytes): Bytes & AsyncDisposable {
  const iterator = content[Symbol.asyncIterator]();
  const close = async () => await iterator.return?.();
  let first: Promise<IteratorResult<Uint8Array>> | undefined = iterator.next();
  // Whoever reads it is told; if nobody does, nobody needs to know.
  first.catch(() => undefined);
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = first ?? iterator.next();
        first = undefined;
        return await result;
      },
      return: async () => await close().then(() => ({ done: true, value: undefined })),
    }),
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}
