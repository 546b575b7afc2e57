import type { Installer } from "../../config/installer.ts";
import { unlessOfNoUse } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { openLinkProbe } from "../../registry/probe.ts";
import type { RegistryClient, RegistryOptions } from "../../registry/client.ts";
import { checkCoded } from "../../release/codedContent.ts";
import { readPlatformManifests } from "../../release/platformManifests.ts";
import { readDownloads } from "../../release/readDownloads.ts";
import { versionOfTag } from "../../release/versionTag.ts";
import type { Shelf } from "../../server/gateway/shelf.ts";
import { readReleaseTag } from "../signRelease.ts";
import { openSource, type Place } from "../place.ts";
import { readBelieved } from "./believed.ts";
import { readCatalog } from "./readCatalog.ts";

export interface ShelfOptions {
  readonly network: RegistryClient;
  readonly cwd: string;
  /** What the launchers were built with; without it, nobody has to have signed what is offered. */
  readonly installer: Installer | undefined;
  /** How somebody without a login reaches the registry, to tell whether an address works for anybody. */
  readonly stranger?: RegistryOptions;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Opens a repository of a registry, or an image layout, as what a download page or a gateway offers. */
export async function openShelf(
  place: Place,
  { network, cwd, installer, stranger, now = Date.now }: ShelfOptions,
): Promise<Shelf & AsyncDisposable> {
  const source = await openSource(place, { network, cwd });
  const { storage } = source;
  const shelf: Shelf = {
    readCatalog: async (signal) => await readCatalog(storage, { installer, fallbackName: nameOfPlace(place), signal }),
    async readRelease(tag, signal) {
      if (!isReleaseTag(tag)) return undefined;
      const { kind, version } = readReleaseTag(tag);
      return await unlessOfNoUse(async () => {
        const root = await storage.fetchManifest(tag, { signal });
        if (installer?.trust !== undefined) {
          const believed = await readBelieved(storage, { installer, signal });
          await believed.verify(root, { kind, version });
        }
        return readDownloads(await readPlatformManifests(storage, root, signal), { tag, kind });
      });
    },
    fetch: (blob, signal) => checkCoded(blob, storage.fetch(blob, { signal })),
  };
  if (place.kind === "archive" || stranger === undefined) return { ...shelf, [Symbol.asyncDispose]: close };
  const probe = openLinkProbe(stranger);
  const answers = new Map<Digest, { readonly url: URL | undefined; readonly until: number }>();
  return {
    ...shelf,
    async linkTo({ digest }) {
      const known = answers.get(digest);
      if (known !== undefined && known.until > now()) return known.url;
      const answer = await probe.ask(place.reference, digest);
      const url = answer.kind === "open" ? probe.urlOf(place.reference, digest) : undefined;
      answers.set(digest, { url, until: now() + LINK_MS });
      return url;
    },
    async [Symbol.asyncDispose]() {
      await probe[Symbol.asyncDispose]();
      await close();
    },
  };

  async function close(): Promise<void> {
    await source[Symbol.asyncDispose]();
  }
}

// A registry that is opened or closed to strangers is so for longer than this, and people need not wait for it.
const LINK_MS = 5 * 60_000;

function isReleaseTag(tag: string): boolean {
  return versionOfTag(tag.replace(/^launcher-/, "")) !== undefined;
}

function nameOfPlace(place: Place): string {
  const text = place.kind === "registry" ? place.reference.name : place.location.path;
  return text.split(/[\\/]/).findLast((part) => part !== "") ?? text;
}
