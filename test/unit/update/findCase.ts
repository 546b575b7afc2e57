import { expect } from "vitest";
import type { AppError } from "../../../src/errors.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import type { TaggedStorage } from "../../../src/oci/storage.ts";
import { parseVersionRequest } from "../../../src/release/versionRequest.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { type Finding, findRelease, type FindOptions } from "../../../src/update/find.ts";
import { makeKey } from "../../support/keys.ts";
import { pushSigned } from "../../support/signed.ts";
import {
  channelOf,
  type ContextOptions,
  keyringOf,
  pushChannel,
  trustOf,
  updateContext,
} from "../../support/updateContext.ts";
import { activationOf, openStore } from "../store/sample.ts";

const [key, stranger] = await Promise.all([makeKey(), makeKey()]);
const trust = trustOf(keyringOf([key]));
export const signers = [key];
export { stranger };

interface Asking extends ContextOptions {
  readonly request?: string;
  readonly installed?: string;
  readonly quarantine?: FindOptions["quarantine"];
}

/** A repository, and a computer that asks it. */
export async function openCase() {
  const store = await openStore();
  const storage = openMemory();
  return { ...store, storage, find: async (asking: Asking = {}) => await find(store.paths, storage, asking) };
}

export async function find(
  paths: StorePaths,
  storage: TaggedStorage,
  { request = "latest", installed, quarantine = [], ...more }: Asking,
): Promise<Finding> {
  const context = updateContext(paths, { trust, ...more });
  return await findRelease(
    context,
    { name: "registry.example/app", open: async () => storage },
    {
      request: parseVersionRequest(request),
      activation: installed === undefined ? undefined : activationOf(installed),
      quarantine,
      signal: AbortSignal.timeout(60_000),
    },
  );
}

export const versionOf = (finding: Finding) => (finding.kind === "found" ? finding.release.version : finding.kind);
export const refused = (message: string, code: AppError["code"] = "bad-data") => ({
  code,
  message: expect.stringContaining(message) as string,
});

/** Pushes signed releases, and a document that offers them. */
export async function offer(
  storage: TaggedStorage,
  versions: Readonly<Record<string, number>>,
  more = {},
): Promise<void> {
  const releases = [];
  for (const [version, rollout] of Object.entries(versions)) {
    const { digest } = (await pushSigned(storage, { tag: version, signers })).descriptor;
    releases.push({ version, digest, rollout, critical: false });
  }
  await pushChannel(storage, channelOf({ releases, ...more }), signers);
}
