import type { Repository } from "../oci/reference.ts";
import type { Access } from "./access.ts";
import type { Origin } from "./endpoints.ts";
import type { Requester } from "./requester.ts";
import type { Retries } from "./retry.ts";

/** What every request to one repository works with. */
export interface RepositoryContext {
  readonly repository: Repository;
  readonly origin: Origin;
  readonly requester: Requester;
  readonly retries: Retries;
}

export function pullAccess({ repository }: RepositoryContext): Access {
  return { name: repository.name, actions: "pull" };
}

export function pushAccess({ repository }: RepositoryContext, mountFrom?: string): Access {
  return { name: repository.name, actions: "pull,push", ...(mountFrom === undefined ? {} : { mountFrom }) };
}
