import { expect, test } from "vitest";
import { describe as describeBytes } from "../../../src/oci/descriptor.ts";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { contentOf, type FetchedManifest, type TaggedStorage } from "../../../src/oci/storage.ts";
import { composeDocument, composeLayers, fetchDocument } from "../../../src/trust/document.ts";
import { type Envelope, MAX_ENVELOPE_BYTES, signEnvelope } from "../../../src/trust/dsse.ts";
import { makeKey } from "../../support/keys.ts";
import { digestOfNothing, sampleIndex } from "../../support/signed.ts";

const payloadType = "application/vnd.example+json";
const unsigned: Envelope = { payloadType, payload: Buffer.from('{"a":1}'), signatures: [] };
const envelope = signEnvelope(unsigned, await makeKey());

async function push(storage: TaggedStorage, { descriptor, bytes }: FetchedManifest, tag: string): Promise<void> {
  await storage.push(descriptor, contentOf(bytes), { tag });
}

test("a document is one request: it lies in its manifest, and beside it for others", async () => {
  const storage = openMemory();
  const { manifest, blobs } = composeDocument(envelope);
  await push(storage, manifest, "note");
  expect(await fetchDocument(storage, "note", { payloadType })).toEqual(envelope);
  const { descriptor, bytes } = manifest;
  const parsed = parseManifest(bytes, descriptor.mediaType);
  if (parsed.kind !== "image") throw new Error("no image");
  for (const child of [parsed.config, ...parsed.layers])
    expect(blobs.find((blob) => blob.descriptor.digest === child.digest)?.bytes).toHaveLength(child.size);
});

test("a document that is not inlined is fetched", async () => {
  const storage = openMemory();
  const { blobs } = composeDocument(envelope);
  const bytes = blobs.at(-1)?.bytes ?? Buffer.alloc(0);
  const descriptor = describeBytes(payloadType, bytes);
  await storage.push(descriptor, contentOf(bytes));
  await push(storage, composeLayers([{ descriptor, bytes }]).manifest, "note");
  expect(await fetchDocument(storage, "note", { payloadType })).toEqual(envelope);
});

test("the same document has the same digest", () => {
  expect(composeDocument(envelope).manifest).toEqual(composeDocument(envelope).manifest);
});

const bytes = Buffer.from("{}");
const inlined = { data: bytes.toString("base64") };

test.each([
  [
    "a layer of another type alone",
    { descriptor: describeBytes("application/json", bytes), bytes },
    `holds no ${payloadType}`,
  ],
  [
    "an envelope that is none",
    { descriptor: describeBytes(payloadType, bytes, inlined), bytes },
    "payloadType is missing",
  ],
  [
    "inlined bytes that are not those of the digest",
    { descriptor: { ...describeBytes(payloadType, bytes, inlined), digest: digestOfNothing }, bytes },
    "wrong digest",
  ],
  [
    "inlined bytes that are more than was said",
    { descriptor: { ...describeBytes(payloadType, bytes, inlined), size: 1 }, bytes },
    "wrong size",
  ],
  [
    "more bytes than any document",
    { descriptor: { ...describeBytes(payloadType, bytes, inlined), size: MAX_ENVELOPE_BYTES + 1 }, bytes },
    "bytes is more than the",
  ],
])("a tag with %s is refused", async (_, layer, message) => {
  const storage = openMemory();
  await push(storage, composeLayers([layer]).manifest, "note");
  await expect(fetchDocument(storage, "note", { payloadType })).rejects.toMatchObject({
    code: "bad-data",
    message: expect.stringContaining(message),
  });
});

test("a tag that is a release, or is not there, is refused", async () => {
  const storage = openMemory();
  await push(storage, sampleIndex(["linux/amd64"]), "1.0.0");
  await expect(fetchDocument(storage, "1.0.0", { payloadType })).rejects.toMatchObject({ code: "bad-data" });
  await expect(fetchDocument(storage, "note", { payloadType })).rejects.toMatchObject({ code: "not-found" });
});
