import type { Installer } from "../../config/installer.ts";
import { anyOf, timeoutAfter, unlessAborted } from "../../abort.ts";
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
import { isReleased } from "./selectOffered.ts";
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
        const believed = await readBelieved(storage, { installer, signal });
        const document = kind === "program" ? await believed.readDocument() : undefined;
        if (document !== undefined && !isReleased(document, version)) return undefined;
        const promoted = document?.releases.find((release) => release.version === version);
        const root = await storage.fetchManifest(promoted?.digest ?? tag, { signal });
        await believed.verify(root, { kind, version });
        return readDownloads(await readPlatformManifests(storage, root, signal), { tag, kind });
      });
    },
    fetch: (blob, signal) => checkCoded(blob, storage.fetch(blob, { signal })),
  };
  if (place.kind === "archive" || stranger === undefined) return { ...shelf, [Symbol.asyncDispose]: close };
  const probe = openLinkProbe(stranger);
  const answers = new Map<Digest, { readonly url: URL | undefined; readonly until: number }>();
  const asking = new Map<Digest, Promise<URL | undefined>>();
  const ask = async (digest: Digest): Promise<URL | undefined> => {
    const answer = await probe.ask(place.reference, digest).catch(() => undefined);
    const url = answer?.kind === "open" ? probe.urlOf(place.reference, digest) : undefined;
    answers.set(digest, { url, until: now() + LINK_MS });
    return url;
  };
  return {
    ...shelf,
    async linkTo({ digest }, signal) {
      const known = answers.get(digest);
      if (known !== undefined && known.until > now()) return known.url;
      const running = asking.get(digest) ?? ask(digest).finally(() => asking.delete(digest));
      asking.set(digest, running);
      // Who comes after knows, however long it takes; the first one is served from here.
      return await unlessAborted(running, anyOf(signal, timeoutAfter(LINK_PATIENCE_MS)));
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
const LINK_PATIENCE_MS = 3_000;

function isReleaseTag(tag: string): boolean {
  return versionOfTag(tag.replace(/^launcher-/, "")) !== undefined;
}

function nameOfPlace(place: Place): string {
  const text = place.kind === "registry" ? place.reference.name : place.location.path;
  return text.split(/[\\/]/).findLast((part) => part !== "") ?? text;
}
