import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type Descriptor } from "../../src/oci/descriptor.ts";
import { encodeManifest } from "../../src/oci/manifest.ts";
import { OCI_INDEX } from "../../src/oci/mediaTypes.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { contentOf, type FetchedManifest } from "../../src/oci/storage.ts";
import { openRegistry, type RepositoryClient } from "../../src/registry/client.ts";
import { composeDocument } from "../../src/trust/document.ts";
import { type Envelope, type Signer } from "../../src/trust/dsse.ts";
import { openPrivateKey } from "../../src/trust/privateKey.ts";
import { openPublisher, readInstaller } from "./publisher.ts";
import { expectSuccess, type Sandbox } from "./sandbox.ts";

/** A publisher who signs, a person with the launcher, and somebody who owns the registry in between. */
export interface Attacked extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** What the attacker writes to and deletes from. */
  readonly registry: RepositoryClient;
  /** Publishes a signed release that says the word. */
  publish(version: string, word: string, args?: readonly string[]): Promise<void>;
  /** A command of the publisher's, with the signing key. */
  signed(args: readonly string[]): Promise<void>;
  /** Starts the launcher; what it printed. */
  start(): Promise<{ readonly said: string; readonly told: string; readonly exitCode: number | null }>;
  /** The same before a test, where it has to say this. */
  startSaying(word: string): Promise<void>;
  /** What the launcher wrote down about events of this kind. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
  /** Opens a private key that the publisher has made, as whoever has stolen it. */
  steal(name: string): Promise<Signer>;
  putIndex(tag: string, index: Readonly<Record<string, unknown>>): Promise<Descriptor>;
  putManifest(tag: string, manifest: FetchedManifest): Promise<void>;
  putDocument(tag: string, envelope: Envelope): Promise<void>;
  /** The index of a tag as JSON. */
  index(tag: string): Promise<Index>;
  /** All tags and what they stand for. */
  snapshot(): Promise<ReadonlyMap<string, Descriptor>>;
  /** Has the registry look as it did then. */
  restore(snapshot: ReadonlyMap<string, Descriptor>): Promise<void>;
}

export interface Index {
  manifests: { mediaType: string; digest: string; size: number; platform?: unknown }[];
  annotations: Record<string, string>;
}

/** The annotation that holds a release's signature. */
export const SIGNATURE = "vnd.slipway.signature";

export interface AttackedOptions {
  /** Settings of installer.json besides the keys. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What `trust` says besides the keys that were made. */
  readonly trust?: Readonly<Record<string, unknown>>;
}

/** Keys are made and a launcher is built that believes them; nothing is published yet. */
export async function openAttacked({ settings = {}, trust = {} }: AttackedOptions = {}): Promise<Attacked> {
  const sandbox = await openPublisher();
  const keys = (await readInstaller(sandbox))["trust"] as Readonly<Record<string, unknown>>;
  // No attack is to be stopped by the clock.
  await sandbox.build({ trust: { ...keys, ...trust }, update: { timeout: "1m" }, ...settings });
  const client = openRegistry({ userAgent: "attacker" });
  const registry = client.repository(parseRepository(sandbox.repository));

  const attacked: Attacked = {
    sandbox,
    registry,
    async publish(version, word, args = []) {
      await sandbox.publish(version, `echo ${word}`, undefined, ["--sign-key", "slipway.key", ...args]);
    },
    async signed(args) {
      expectSuccess(await sandbox.slipway([...args, "--key", "slipway.key"]));
    },
    async start() {
      const { stdout, stderr, exitCode } = await sandbox.launch();
      return { said: stdout.trim(), told: stderr, exitCode };
    },
    async startSaying(word) {
      const { said, told } = await attacked.start();
      if (said !== word) throw new Error(`it said ${JSON.stringify(said)}, not ${word}\n${told}`);
    },
    logged: (event) =>
      readFileSync(join(sandbox.data, "log", "launcher.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((entry) => entry["event"] === event),
    async steal(name) {
      const text = await readFile(join(sandbox.directory, name), "utf8");
      return await openPrivateKey(text, { source: name, passphrase: async () => "" });
    },
    async putIndex(tag, index) {
      const bytes = encodeManifest(index);
      const descriptor = describe(OCI_INDEX, bytes);
      await registry.push(descriptor, contentOf(bytes), { tag });
      return descriptor;
    },
    async putManifest(tag, { descriptor, bytes }) {
      await registry.push(descriptor, contentOf(bytes), { tag });
    },
    async putDocument(tag, envelope) {
      const { manifest, blobs } = composeDocument(envelope);
      for (const { descriptor, bytes } of blobs) await registry.push(descriptor, contentOf(bytes));
      await registry.push(manifest.descriptor, contentOf(manifest.bytes), { tag });
    },
    async index(tag) {
      const { bytes } = await registry.fetchManifest(tag);
      return JSON.parse(Buffer.from(bytes).toString()) as Index;
    },
    async snapshot() {
      const tags = await registry.tags();
      return new Map(await Promise.all(tags.map(async (tag) => [tag, await registry.resolve(tag)] as const)));
    },
    async restore(snapshot) {
      for (const tag of await registry.tags()) if (!snapshot.has(tag)) await registry.delete(tag);
      for (const [tag, descriptor] of snapshot) await registry.tag(descriptor, tag);
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
  return attacked;
}
