import { parseInstaller } from "../../src/config/installer.ts";
import type { Settings } from "../../src/config/settings.ts";
import { openMemory } from "../../src/oci/memory.ts";
import type { TaggedStorage } from "../../src/oci/storage.ts";
import { pushDocument } from "../../src/publisher/trust.ts";
import type { StorePaths } from "../../src/store/paths.ts";
import { type ChannelDocument, composeChannel, tagOfChannel } from "../../src/trust/channelDocument.ts";
import { signEnvelope, type Signer } from "../../src/trust/dsse.ts";
import { composeKeysStatement, type Keyring, writeKeyring } from "../../src/trust/keyring.ts";
import type { Origin, UpdateContext } from "../../src/update/context.ts";
import { tagOfKeys } from "../../src/update/findKeys.ts";
import { SETTINGS } from "./sampleSettings.ts";
import { ID } from "./signed.ts";

export interface ContextOptions {
  readonly open?: () => Promise<TaggedStorage>;
  readonly origins?: readonly Origin[];
  /** `trust` of installer.json. */
  readonly trust?: unknown;
  readonly settings?: Partial<Settings>;
  readonly now?: number;
}

export interface RecordedContext extends UpdateContext {
  /** What was logged. */
  readonly logged: { readonly event: string; readonly [field: string]: unknown }[];
}

/** What an update works with on a computer with Linux, for a program that is at `registry.example/app`. */
export function updateContext(paths: StorePaths, options: ContextOptions = {}): RecordedContext {
  const { trust, settings, now, open = async () => openMemory() } = options;
  const logged: RecordedContext["logged"] = [];
  const installer = {
    id: ID,
    name: "app",
    repository: "registry.example/app",
    ...(trust === undefined ? {} : { trust }),
  };
  return {
    installer: parseInstaller(Buffer.from(JSON.stringify(installer)), "installer.json"),
    settings: { ...SETTINGS, ...settings },
    paths,
    host: { os: "linux", architecture: "amd64" },
    platform: "linux",
    origins: options.origins ?? [{ name: "registry.example/app", open }],
    now: () => now ?? Date.now(),
    random: () => 0,
    logged,
    log: (event, fields) => void logged.push({ event, ...fields }),
    progress: { start: () => undefined, advance: () => undefined, finish: () => undefined },
    smoke: async () => undefined,
  };
}

/** A keyring of these keys, of which one has to sign. */
export function keyringOf(
  keys: readonly Signer[],
  more: Partial<Keyring> & { readonly offline?: readonly Signer[] } = {},
): Keyring {
  const { offline = [], ...others } = more;
  const publicOf = (signers: readonly Signer[]) => signers.map(({ publicKey }) => publicKey);
  return { sequence: 0, threshold: 1, keys: publicOf(keys), recovery: publicOf(offline), ...others };
}

/** The same as installer.json has it. */
export function trustOf(keyring: Keyring): Record<string, unknown> {
  return { ...writeKeyring(keyring) };
}

/** Publishes a statement that introduces keys. */
export async function pushKeys(
  storage: TaggedStorage,
  next: Keyring,
  {
    signer,
    id = ID,
    sequence = next.sequence,
  }: { readonly signer: Signer; readonly id?: string; readonly sequence?: number },
): Promise<void> {
  const envelope = composeKeysStatement({ id, next, issued: "2026-01-02T03:04:05Z", signer });
  await pushDocument(storage, envelope, tagOfKeys(sequence));
}

/** A channel's document with nothing in it but what is given. */
export function channelOf(change: Partial<ChannelDocument> = {}): ChannelDocument {
  return {
    id: ID,
    channel: "stable",
    sequence: 1,
    issued: "2026-01-02T03:04:05Z",
    releases: [],
    yanked: [],
    ...change,
  };
}

export async function pushChannel(
  storage: TaggedStorage,
  document: ChannelDocument,
  signers: readonly Signer[] = [],
): Promise<void> {
  const envelope = signers.reduce((signed, signer) => signEnvelope(signed, signer), composeChannel(document));
  await pushDocument(storage, envelope, tagOfChannel(document.channel));
}
