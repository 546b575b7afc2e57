import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isStoredAsManifest } from "../oci/mediaTypes.ts";
import type { Repository } from "../oci/reference.ts";
import { type Bytes, contentOf, DigestMismatch, type TaggedStorage, verifyBytes } from "../oci/storage.ts";
import type { AccessMemory } from "./accessMemory.ts";
import { openAuthorizer } from "./auth.ts";
import { getBlob, hasBlob, sizeOfBlob } from "./blobs.ts";
import { pushAccess, type RepositoryContext } from "./context.ts";
import { listRepositories } from "./catalog.ts";
import type { CredentialSource } from "./credential.ts";
import { baseUrl, manifestUrl, originOf } from "./endpoints.ts";
import { getManifest, getManifestBytes, hasManifest, putManifest, resolveManifest } from "./manifests.ts";
import { htmlAnswer, isWebPage } from "./registryError.ts";
import { addReferrer, listReferrers } from "./referrers.ts";
import { openLanes } from "./ranges/lanes.ts";
import { openRequester } from "./requester.ts";
import { openRetries, type RetryOptions } from "./retry.ts";
import { listTags, readTagPages } from "./tags.ts";
import { openTransport, type TransportOptions } from "./transport.ts";
import { putBlob } from "./upload.ts";

export interface RegistryOptions extends TransportOptions, RetryOptions {
  /** Whether this host (`host:port`) is spoken to without TLS. Loopback always is. */
  readonly plainHttp?: (host: string) => boolean;
  /** Logins; without any, everybody is a stranger. */
  readonly credentials?: CredentialSource;
  /** Try as a stranger first and use a login only when refused. */
  readonly anonymousFirst?: boolean;
  /** What earlier processes have learned about ways in; it learns more. */
  readonly memory?: AccessMemory;
  readonly onWarning?: (message: string) => void;
  /** Milliseconds that only grow, by which the speed of lines is measured. */
  readonly clock?: () => number;
}

export interface RegistryClient extends AsyncDisposable {
  repository(repository: Repository): RepositoryClient;
  /** end-1: whether a registry answers there, and lets us in. */
  ping(host: string, signal?: AbortSignal): Promise<void>;
  /** The names of all repositories, where the registry lists them. */
  repositories(host: string, signal?: AbortSignal): Promise<string[]>;
}

/** One repository of a registry, as a storage. */
export interface RepositoryClient extends TaggedStorage {
  readonly repository: Repository;
  /** Bytes of a blob of which only the digest is known. @throws RegistryError `not-found`. */
  blobSize(digest: Digest, options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** end-9. A digest takes the manifest and every tag on it away; servers may refuse (405). */
  delete(reference: string): Promise<void>;
  /** end-12: manifests whose subject this is. */
  referrers(
    digest: Digest,
    options?: { readonly artifactType?: string; readonly signal?: AbortSignal },
  ): Promise<Descriptor[]>;
}

/** Opens the network. Connections and tokens are shared by all repositories, and end with it. */
export function openRegistry(options: RegistryOptions): RegistryClient {
  const transport = openTransport(options);
  const retries = openRetries(options);
  const authorizer = openAuthorizer({
    transport,
    credentials: options.credentials,
    anonymousFirst: options.anonymousFirst,
    memory: options.memory,
    now: options.now ?? Date.now,
    onWarning: options.onWarning ?? (() => undefined),
  });
  const requester = openRequester(transport, authorizer);
  const plainHttp = options.plainHttp ?? (() => false);
  const shared = {
    requester,
    retries,
    clock: options.clock ?? (() => performance.now()),
    lanes: openLanes(),
    pieced: new Set<Digest>(),
  };

  return {
    repository: (repository) => openRepository({ repository, origin: originOf(repository.host, plainHttp), ...shared }),
    async ping(host, signal) {
      const request = {
        method: "GET",
        url: baseUrl(originOf(host, plainHttp)),
        signal,
        access: { name: "", actions: "pull" },
      } as const;
      const response = await requester.expect(request, [200]);
      await response.discard();
      if (isWebPage(response.header("content-type"))) throw htmlAnswer(response.url);
    },
    repositories: async (host, signal) => await listRepositories(requester, originOf(host, plainHttp), signal),
    [Symbol.asyncDispose]: async () => await transport[Symbol.asyncDispose](),
  };
}

function openRepository(context: RepositoryContext): RepositoryClient {
  const { repository, origin, requester } = context;
  // Whoever copies asks first: the same question again would be a request more for each file.
  const absent = new Set<Digest>();
  return {
    repository,

    async has(descriptor, { signal } = {}) {
      return isStoredAsManifest(descriptor.mediaType)
        ? await hasManifest(context, descriptor.digest, signal)
        : await hasBlob(context, descriptor, signal).then((there) => {
            if (!there) absent.add(descriptor.digest);
            return there;
          });
    },

    async *fetch(descriptor, options = {}): Bytes {
      const { offset = 0, signal } = options;
      if (isStoredAsManifest(descriptor.mediaType))
        yield (await getManifestBytes(context, descriptor, signal)).subarray(offset);
      else if (offset === 0) yield* verifyBlob(context, descriptor, getBlob(context, descriptor, options));
      else yield* getBlob(context, descriptor, options);
    },

    async push(expected, content, options = {}) {
      if (!isStoredAsManifest(expected.mediaType))
        return await putBlob(context, expected, content, {
          ...options,
          absent: absent.delete(expected.digest) || options.absent === true,
        });
      const { bytes, subjectListed } = await putManifest(context, expected, content, options);
      // distribution-spec "Pushing Manifests with Subject": a server that does not say so leaves it to the client.
      if (!subjectListed)
        await addReferrer(context, {
          referrer: expected,
          bytes,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
    },

    resolve: async (reference, { signal } = {}) => await resolveManifest(context, reference, signal),
    fetchManifest: async (reference, { signal } = {}) => await getManifest(context, reference, signal),

    async tag(descriptor, tag, { signal } = {}) {
      const { bytes } = await getManifest(context, descriptor.digest, signal);
      await putManifest(context, descriptor, contentOf(bytes), { tag, ...(signal === undefined ? {} : { signal }) });
    },

    blobSize: async (digest, { signal } = {}) => await sizeOfBlob(context, digest, signal),
    tags: async ({ signal } = {}) => await listTags(context, signal),
    tagPages: ({ signal } = {}) => readTagPages(context, signal),

    async delete(reference) {
      const response = await requester.expect(
        {
          method: "DELETE",
          url: manifestUrl(origin, repository, reference),
          access: { ...pushAccess(context), actions: "delete" },
        },
        [200, 202, 204],
      );
      await response.discard();
    },

    referrers: async (digest, options) => await listReferrers(context, digest, options),
  };
}

async function* verifyBlob({ pieced }: RepositoryContext, descriptor: Descriptor, bytes: Bytes): Bytes {
  try {
    yield* verifyBytes(bytes, descriptor);
    pieced.delete(descriptor.digest);
  } catch (error) {
    if (error instanceof DigestMismatch) error.comesOtherwise = pieced.has(descriptor.digest);
    throw error;
  }
}
