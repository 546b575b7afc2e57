import { describe, expect, test } from "vitest";
import { describe as describeBytes } from "../../../src/oci/descriptor.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import type { FetchedManifest } from "../../../src/oci/storage.ts";
import { openEnvelope, readUnverified, signEnvelope } from "../../../src/trust/dsse.ts";
import {
  composeStatement,
  type Expected,
  readSignature,
  RELEASE_STATEMENT,
  verifyStatement,
  withSignature,
} from "../../../src/trust/releaseStatement.ts";
import { makeKey } from "../../support/keys.ts";
import { digestOfNothing, ID, sampleIndex } from "../../support/signed.ts";

const [key, stranger] = await Promise.all([makeKey(), makeKey()]);
const quorum = { keys: [key.publicKey], threshold: 1 };
const created = "2026-01-02T03:04:05Z";
const options = { id: ID, kind: "program", version: "1.0.0", created } as const;
const expected: Expected = { id: ID, kind: "program", version: "1.0.0" };

const index = sampleIndex(["linux/amd64", "linux/arm/v7", "windows/amd64"]);
const signed = withSignature(index, signEnvelope(composeStatement(index, options), key));

const signatureOf = (root: FetchedManifest) => {
  const envelope = readSignature(root);
  if (envelope === undefined) throw new Error("there is no signature");
  return envelope;
};
const verify = (root: FetchedManifest, wanted: Partial<Expected> = {}) =>
  verifyStatement(root, signatureOf(root), { quorum, expected: { ...expected, ...wanted } });
const refused = (message: string) =>
  expect.objectContaining({ code: "bad-data", message: expect.stringContaining(message) });

interface Content {
  manifests: Record<string, unknown>[];
  annotations: Record<string, string>;
  [key: string]: unknown;
}

/** The same index with something else in it. */
function changed(root: FetchedManifest, change: (content: Content) => unknown): FetchedManifest {
  const content = JSON.parse(Buffer.from(root.bytes).toString()) as Content;
  const bytes = encodeManifest((change(content) ?? content) as Record<string, unknown>);
  return { descriptor: describeBytes(root.descriptor.mediaType, bytes), bytes };
}

describe("a signed release", () => {
  test("is what it says, and says who has signed it", () => {
    const { statement, signers } = verify(signed);
    expect(statement).toMatchObject({ id: ID, kind: "program", version: "1.0.0", created, critical: false });
    expect(statement.manifests).toHaveLength(3);
    expect(signers).toEqual([key.publicKey]);
  });

  test("is known by its digest alone where nobody names a version, and by nobody's id where none is named", () => {
    expect(verify(signed, { version: undefined }).statement.version).toBe("1.0.0");
    expect(verify(signed, { id: undefined }).statement.id).toBe(ID);
  });

  test("says when the index itself does, and whether it is critical", () => {
    const annotations = { "org.opencontainers.image.created": "2025-05-05T00:00:00Z", "vnd.slipway.critical": "true" };
    const { statement } = readBack(sampleIndex(["linux/amd64"], annotations));
    expect(statement).toMatchObject({ created: "2025-05-05T00:00:00Z", critical: true });
  });

  test("may say more than is known today", () => {
    const envelope = composeStatement(index, options);
    const value = readUnverified(envelope, { payloadType: RELEASE_STATEMENT, what: "it" });
    const payload = Buffer.from(JSON.stringify({ ...(value as object), later: true }));
    expect(verify(withSignature(index, signEnvelope({ ...envelope, payload }, key))).statement.id).toBe(ID);
  });

  function readBack(root: FetchedManifest) {
    return verify(withSignature(root, signEnvelope(composeStatement(root, options), key)));
  }
});

describe("a release is refused", () => {
  test.each([
    ["another program's", { id: "com.example.other" }, `it is a release of ${ID}, not of com.example.other`],
    ["a launcher's, where the program is wanted", { kind: "launcher" }, "it is the program, not the launcher"],
    ["an old one under a new tag", { version: "1.1.0" }, "it was signed as version 1.0.0, not as 1.1.0"],
    [
      "one of the same number, but another build",
      { version: "1.0.0+7" },
      "it was signed as version 1.0.0, not as 1.0.0+7",
    ],
  ] as const)("that is %s", (_, wanted, message) => {
    expect(() => verify(signed, wanted)).toThrow(refused(`the release is not what it is offered as: ${message}`));
  });

  test("that a stranger has signed, before anything of it is read", () => {
    const envelope = { ...composeStatement(index, options), payload: Buffer.from("no JSON") };
    expect(() => verify(withSignature(index, signEnvelope(envelope, stranger)))).toThrow(
      refused("the release is not signed by a key that is trusted"),
    );
  });

  test("whose statement is of another type", () => {
    const envelope = signEnvelope({ ...composeStatement(index, options), payloadType: "application/x+json" }, key);
    expect(() => verify(withSignature(index, envelope))).toThrow(refused(`expected ${RELEASE_STATEMENT}`));
  });

  test("whose statement lacks a part", () => {
    const envelope = { ...composeStatement(index, options), payload: Buffer.from(JSON.stringify({ id: ID })) };
    expect(() => verify(withSignature(index, signEnvelope(envelope, key)))).toThrow(
      refused("the signed statement: kind is missing"),
    );
  });

  const [first, second] = [0, 1];

  test.each<[string, (content: Content) => unknown]>([
    ["added", ({ manifests }) => void manifests.push({ ...manifests[first] })],
    ["removed", ({ manifests }) => void manifests.pop()],
    ["removed, all of them", (content) => void (content.manifests = [])],
    ["put into another order", (content) => void (content.manifests = content.manifests.toReversed())],
    ["altered", ({ manifests }) => void (manifests[first] = { ...manifests[first], digest: digestOfNothing })],
    ["said to be larger", ({ manifests }) => void (manifests[first] = { ...manifests[first], size: 9999 })],
    [
      "said to be of another type",
      ({ manifests }) =>
        void (manifests[first] = { ...manifests[first], mediaType: "application/vnd.oci.image.index.v1+json" }),
    ],
    [
      "offered to another processor",
      ({ manifests }) =>
        void (manifests[first] = { ...manifests[first], platform: { os: "linux", architecture: "arm64" } }),
    ],
    [
      "offered to another variant",
      ({ manifests }) =>
        void (manifests[second] = {
          ...manifests[second],
          platform: { os: "linux", architecture: "arm", variant: "v6" },
        }),
    ],
    ["offered to every computer", ({ manifests }) => void delete manifests[first]?.["platform"]],
    [
      "exchanged with another",
      ({ manifests }) => {
        const [a, b] = [manifests[first]?.["platform"], manifests[second]?.["platform"]];
        manifests[first] = { ...manifests[first], platform: b };
        manifests[second] = { ...manifests[second], platform: a };
      },
    ],
  ])("of which a manifest was %s", (_, change) => {
    const other = changed(signed, change);
    expect(other.descriptor.digest).not.toBe(signed.descriptor.digest);
    expect(() => verify(other)).toThrow(/its manifests \(.*\) are not those that were signed/);
  });

  test("that is no index, which could carry no signature", () => {
    const bytes = encodeManifest({
      schemaVersion: 2,
      config: describeBytes("application/vnd.oci.empty.v1+json", Buffer.from("{}")),
      layers: [],
    });
    const image = { descriptor: describeBytes("application/vnd.oci.image.manifest.v1+json", bytes), bytes };
    expect(() => composeStatement(image, options)).toThrow(refused("this is a single manifest"));
    expect(() => verifyStatement(image, signatureOf(signed), { quorum, expected })).toThrow(
      refused("a single manifest"),
    );
  });

  test("whose signature nobody can read", () => {
    const broken = changed(signed, ({ annotations }) => void (annotations["vnd.slipway.signature"] = "{"));
    expect(() => readSignature(broken)).toThrow(refused("the release's signature: not JSON"));
  });
});

describe("the index that carries a signature", () => {
  test("is, without it, byte for byte what it was before", () => {
    expect(withSignature(signed, undefined)).toEqual(index);
    const bare = changed(index, ({ annotations: _gone, ...others }) => others);
    expect(withSignature(withSignature(bare, signatureOf(signed)), undefined)).toEqual(bare);
    expect(readSignature(index)).toBeUndefined();
  });

  test("carries one at a time", () => {
    const again = withSignature(signed, signatureOf(signed));
    expect(again).toEqual(signed);
  });

  test("may have its keys in another order, as a tool writes it that copies it", () => {
    const sorted = changed(signed, ({ annotations, manifests, ...others }) => ({
      annotations: Object.fromEntries(Object.entries(annotations).toReversed()),
      manifests: manifests.map(({ platform, ...rest }) => ({
        platform: Object.fromEntries(Object.entries(platform as object).toReversed()),
        ...rest,
      })),
      ...others,
    }));
    expect(sorted.descriptor.digest).not.toBe(signed.descriptor.digest);
    expect(verify(sorted).signers).toEqual([key.publicKey]);
  });

  test("may get other annotations, which say nothing about what is started", () => {
    const noted = changed(signed, ({ annotations }) => void (annotations["note"] = "copied"));
    expect(verify(noted).statement.version).toBe("1.0.0");
  });

  test("keeps what is not known of it", () => {
    const strange = changed(index, (content) => ({ ...content, subject: undefined, "x-later": { a: [1] } }));
    const text = Buffer.from(withSignature(strange, signatureOf(signed)).bytes).toString();
    expect(text).toContain('"x-later":{"a":[1]}');
  });
});

test("what is signed is the statement, which anybody can read", () => {
  const { value } = openEnvelope(signatureOf(signed), quorum, { payloadType: RELEASE_STATEMENT, what: "it" });
  expect(Object.keys(value as object)).toEqual(["id", "kind", "version", "created", "manifests"]);
});
