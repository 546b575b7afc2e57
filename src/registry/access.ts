import type { Origin } from "./endpoints.ts";

/** What a request needs to be allowed to do. */
export interface Access {
  /** Empty for the registry as a whole. */
  readonly name: string;
  readonly actions: "pull" | "pull,push" | "delete";
  /** A repository to mount blobs from. */
  readonly mountFrom?: string;
}

/** A request that wants to be let in. */
export interface Asked {
  readonly origin: Origin;
  readonly access: Access;
  readonly signal?: AbortSignal | undefined;
}

export function scopesOf({ name, actions, mountFrom }: Access): string[] {
  if (name === "") return [];
  return [`repository:${name}:${actions}`, ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`])];
}

/** With the protocol: what was given over https is not sent to the same host in the clear. */
export function siteOf({ protocol, host }: Origin): string {
  return `${protocol}//${host}`;
}

/** Where it wants to be let in, and what for: one name for one token. */
export function placeOf({ origin, access }: Asked): string {
  return `${siteOf(origin)} ${scopesOf(access).join(" ")}`;
}
