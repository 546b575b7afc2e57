import { randomUUID } from "node:crypto";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { isStoredAsManifest } from "../../oci/mediaTypes.ts";
import {
  type Bytes,
  type Content,
  contentOf,
  type FetchOptions,
  notFound,
  type PushOptions,
  verifyBytes,
  verifyWhole,
} from "../../oci/storage.ts";
import type { RegistryRepository, RegistryStorage, Upload } from "./storage.ts";

/** A registry that lives as long as the process. */
export function openMemoryRegistry(): RegistryStorage {
  const repositories = new Map<string, RegistryRepository>();
  const uploads = new Map<string, Upload>();
  const open = (name: string): RegistryRepository => {
    const found = repositories.get(name) ?? openMemoryRepository();
    repositories.set(name, found);
    return found;
  };
  return {
    names: async () => [...repositories.keys()].sort(),
    find: async (name) => repositories.get(name),
    open: async (name) => open(name),
    async startUpload(name) {
      const upload = openMemoryUpload({ name, open: () => open(name), onEnd: (id) => uploads.delete(id) });
      uploads.set(upload.id, upload);
      return upload;
    },
    findUpload(name, id) {
      const upload = uploads.get(id);
      return upload?.name === name ? upload : undefined;
    },
  };
}

interface MemoryUploadOptions {
  readonly name: string;
  readonly open: () => RegistryRepository;
  readonly onEnd: (id: string) => void;
}

function openMemoryUpload({ name, open, onEnd }: MemoryUploadOptions): Upload {
  const id = randomUUID();
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    id,
    name,
    get size() {
      return size;
    },
    async append(bytes) {
      const arrived: Uint8Array[] = [];
      for await (const chunk of bytes) arrived.push(chunk);
      chunks.push(...arrived);
      for (const chunk of arrived) size += chunk.byteLength;
    },
    async commit(digest) {
      onEnd(id);
      const descriptor = { mediaType: "application/octet-stream", digest, size };
      const bytes = Buffer.concat(chunks);
      verifyWhole(bytes, descriptor);
      await open().push(descriptor, contentOf(bytes));
    },
    async cancel() {
      onEnd(id);
    },
  };
}

function openMemoryRepository(): RegistryRepository {
  const blobs = new Map<Digest, Uint8Array>();
  const manifests = new Map<Digest, Descriptor>();
  const tags = new Map<string, Digest>();

  const find = (reference: string): Descriptor => {
    const found = manifests.get(tags.get(reference) ?? (reference as Digest));
    if (found === undefined) throw notFound(reference);
    return found;
  };
  const read = (digest: Digest): Uint8Array => {
    const found = blobs.get(digest);
    if (found === undefined) throw notFound(digest);
    return found;
  };

  return {
    manifests: async () => [...manifests.values()],
    blobSize: async (digest) => blobs.get(digest)?.byteLength,
    has: async ({ digest, size }) => blobs.get(digest)?.byteLength === size,

    async *fetch(descriptor: Descriptor, options: FetchOptions = {}): Bytes {
      const bytes = read(descriptor.digest);
      if (options.offset === undefined || options.offset === 0) yield* verifyBytes(contentOf(bytes)(0), descriptor);
      else yield bytes.subarray(options.offset);
    },

    async push(expected: Descriptor, content: Content, options: PushOptions = {}) {
      if (!blobs.has(expected.digest)) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of verifyBytes(content(0), expected)) chunks.push(chunk);
        blobs.set(expected.digest, Buffer.concat(chunks));
      }
      const { mediaType, digest, size } = expected;
      if (isStoredAsManifest(mediaType)) manifests.set(digest, { mediaType, digest, size });
      if (options.tag !== undefined) tags.set(options.tag, digest);
    },

    resolve: async (reference) => find(reference),
    fetchManifest: async (reference) => ({ descriptor: find(reference), bytes: read(find(reference).digest) }),
    async tag(descriptor, tag) {
      tags.set(tag, find(descriptor.digest).digest);
    },
    tags: async () => [...tags.keys()],
    untag: async (tag) => tags.delete(tag),

    async removeManifest(digest) {
      if (!manifests.delete(digest)) return false;
      blobs.delete(digest);
      for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
      return true;
    },

    removeBlob: async (digest) => blobs.delete(digest),
  };
}
