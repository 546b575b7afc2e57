import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/reference.ts";
import type { Access } from "./access.ts";
import type { Origin } from "./endpoints.ts";
import type { Lanes } from "./ranges/lanes.ts";
import type { Requester } from "./requester.ts";
import type { Retries } from "./retry.ts";

/** What every request to one repository works with. */
export interface RepositoryContext {
  readonly repository: Repository;
  readonly origin: Origin;
  readonly requester: Requester;
  readonly retries: Retries;
  /** Milliseconds that only grow, whatever happens to the time of day. */
  readonly clock: () => number;
  readonly lanes: Lanes;
  /** Blobs that came in parts, over several connections, and were not found to be right since. */
  readonly pieced: Set<Digest>;
}

export function pullAccess({ repository }: RepositoryContext): Access {
  return { name: repository.name, actions: "pull" };
}

export function pushAccess({ repository }: RepositoryContext, mountFrom?: string): Access {
  return { name: repository.name, actions: "pull,push", ...(mountFrom === undefined ? {} : { mountFrom }) };
}
