import { ok } from "node:assert/strict";
import { CREATED, VERSION } from "../../../src/oci/annotations.ts";
import { describe } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { OCI_INDEX } from "../../../src/oci/mediaTypes.ts";
import { contentOf, type FetchedManifest } from "../../../src/oci/storage.ts";
import { composeChannel, CHANNEL_DOCUMENT, MAX_REASON, readChannel } from "../../../src/trust/channelDocument.ts";
import { composeCosignSignature, findCosignSignatures } from "../../../src/trust/cosign.ts";
import { cosignTag } from "../../../src/trust/cosignTags.ts";
import { composeDocument, composeLayers, fetchDocument } from "../../../src/trust/document.ts";
import { encodeEnvelope, parseEnvelope, type Signer, signEnvelope } from "../../../src/trust/dsse.ts";
import { acceptKeys, type Keyring, KEYS_STATEMENT, RECOVERY_STEP, writeKeyring } from "../../../src/trust/keyring.ts";
import { readOldChannel } from "../../../src/trust/oldChannel.ts";
import { generateKeyPair, openPrivateKey } from "../../../src/trust/privateKey.ts";
import { parsePublicKey } from "../../../src/trust/publicKey.ts";
import {
  composeStatement,
  readSignature,
  RELEASE_STATEMENT,
  verifyStatement,
} from "../../../src/trust/releaseStatement.ts";
import { polite, type Target, target, textOf } from "../target.ts";
import { INDEX } from "./samples.ts";

const { privatePem, publicPem } = generateKeyPair("ed25519", undefined);
const SOURCE = { source: "sample.key", passphrase: async () => "passphrase" };
const signer: Signer = await openPrivateKey(privatePem, SOURCE);
const keyring: Keyring = { sequence: 0, keys: [signer.publicKey], threshold: 1, recovery: [signer.publicKey] };
const ID = "com.example.app";

const bytes = encodeManifest({ ...INDEX, annotations: { [VERSION]: "1.0.0", [CREATED]: "2026-01-01T00:00:00Z" } });
const root: FetchedManifest = { descriptor: describe(OCI_INDEX, bytes), bytes };
const release = { id: ID, kind: "program", version: "1.0.0" } as const;
const statement = composeStatement(root, { ...release, created: "2026-01-01T00:00:00Z" });
const DOCUMENT = {
  id: ID,
  channel: "stable",
  sequence: 3,
  issued: "2026-01-01T00:00:00Z",
  expires: "2026-02-01T00:00:00Z",
  releases: [{ version: "1.0.0", digest: root.descriptor.digest, rollout: 10, critical: true }],
  yanked: [{ version: "0.9.0", reason: "bad" }],
};
const KEYS = { id: ID, issued: "2026-01-01T00:00:00Z", ...writeKeyring({ ...keyring, sequence: RECOVERY_STEP }) };
const cosign = composeCosignSignature({ digest: root.descriptor.digest, repository: "h/n", signer, before: undefined });
const simple = cosign.blobs[1]?.bytes ?? new Uint8Array();
const options = { keys: keyring.keys, tags: new Set([cosignTag(root.descriptor.digest)]) };

/** What is signed, by a trusted key: a thief's words are parsed too. */
function signed(payloadType: string, payload: Uint8Array) {
  return signEnvelope({ payloadType, payload, signatures: [] }, signer);
}

/** Signatures, and what was signed. */
export const trust: readonly Target[] = [
  target("envelope", [encodeEnvelope(signed(RELEASE_STATEMENT, statement.payload))], (input) => {
    const envelope = parseEnvelope(input, "sample");
    parseEnvelope(Buffer.from(encodeEnvelope(envelope)), "sample");
    polite(() => verifyStatement(root, envelope, { quorum: keyring, expected: release }));
  }),
  target("release-statement", [statement.payload], (input) => {
    const envelope = signed(RELEASE_STATEMENT, input);
    const verified = verifyStatement(root, envelope, { quorum: keyring, expected: release });
    ok(verified.statement.version === release.version && verified.statement.id === ID);
  }),
  target("index-signature", [INDEX, bytes], (input) => {
    readSignature({ descriptor: describe(OCI_INDEX, input), bytes: input });
  }),
  target("channel-document", [DOCUMENT], (input) => {
    const { document } = readChannel(signed(CHANNEL_DOCUMENT, input), { quorum: keyring, id: ID, channel: "stable" });
    ok(document.releases.every(({ rollout }) => rollout >= 0 && rollout <= 100) && document.sequence >= 1);
    composeChannel(document);
  }),
  target("old-channel-document", [DOCUMENT], (input) => {
    const old = readOldChannel(signed(CHANNEL_DOCUMENT, input), { id: ID, channel: "stable" });
    ok(old?.yanked.every(({ reason }) => reason.length <= MAX_REASON) !== false);
  }),
  target("keys-statement", [KEYS], (input) => {
    const next = acceptKeys(keyring, signed(KEYS_STATEMENT, input), { id: ID, named: RECOVERY_STEP });
    ok(next.threshold <= next.keys.length && next.keys.length > 0);
  }),
  target(
    "document-manifest",
    [composeDocument(signed(CHANNEL_DOCUMENT, Buffer.from("{}"))).manifest.bytes],
    async (input) => {
      const storage = openMemory();
      await storage.push(describe("application/vnd.oci.image.manifest.v1+json", input), contentOf(input), { tag: "t" });
      await fetchDocument(storage, "t", { payloadType: CHANNEL_DOCUMENT });
    },
  ),
  target("cosign-signature", [simple], async (input) => {
    const storage = openMemory();
    const annotations = { "dev.cosignproject.cosign/signature": Buffer.from(signer.sign(input)).toString("base64") };
    const layer = describe("application/vnd.dev.cosign.simplesigning.v1+json", input, { annotations });
    const { manifest, blobs } = composeLayers([{ descriptor: layer, bytes: input }]);
    for (const blob of blobs) await storage.push(blob.descriptor, contentOf(blob.bytes));
    await storage.push(manifest.descriptor, contentOf(manifest.bytes), { tag: cosignTag(root.descriptor.digest) });
    await findCosignSignatures(storage, root.descriptor.digest, options);
  }),
  target("public-key", [publicPem], (input) => {
    const key = parsePublicKey(textOf(input));
    ok(parsePublicKey(key.pem).id === key.id);
  }),
  target("private-key", [privatePem, generateKeyPair("ecdsa-p256", "passphrase").privatePem], async (input) => {
    await openPrivateKey(textOf(input), SOURCE);
  }),
];
