import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { digestOf, openHash, parseDigest } from "../../src/oci/digest.ts";
import { parseImageConfig } from "../../src/oci/imageConfig.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import { formatPlatform, parsePlatform, selectPlatform } from "../../src/oci/platform.ts";
import { formatReference, parseReference } from "../../src/oci/reference.ts";
import { convertSchema1, parseSchema1, payloadOf } from "../../src/oci/schema1.ts";
import { parseChallenges } from "../../src/registry/challenge.ts";

const part = fc.stringMatching(/^[a-z0-9]+(?:(?:\.|_|__|-{1,3})[a-z0-9]+){0,2}$/);
const reference = fc.record(
  {
    host: fc.constantFrom("ghcr.io", "localhost:5000", "a.b.example:1", "[::1]:80"),
    name: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    tag: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/),
    digest: fc.uint8Array().map((bytes) => digestOf(bytes)),
  },
  { requiredKeys: ["host", "name"] },
);

/** Whether what comes out, whatever comes in, is a value or an error of ours. */
function refusesPolitely(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    return error instanceof AppError;
  }
}

describe("what is written is read back the same", () => {
  test("references", () => {
    fc.assert(
      fc.property(reference, (value) => {
        expect(parseReference(formatReference(value))).toEqual(value);
      }),
    );
  });

  test("platforms", () => {
    const platform = fc.record(
      {
        os: fc.constantFrom("linux", "darwin", "windows"),
        architecture: fc.constantFrom("amd64", "arm64", "arm"),
        variant: fc.constantFrom("v6", "v7"),
      },
      { requiredKeys: ["os", "architecture"] },
    );
    fc.assert(
      fc.property(platform, (value) => {
        expect(parsePlatform(formatPlatform(value))).toEqual(value);
      }),
    );
  });

  test("digests", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom("sha256" as const, "sha512" as const), (bytes, algorithm) => {
        expect(parseDigest(digestOf(bytes, algorithm))).toBe(digestOf(bytes, algorithm));
      }),
    );
  });
});

describe("any input is read or refused politely", () => {
  test("references", () =>
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => refusesPolitely(() => parseReference(text)))));

  // What every object has as a key is what a lookup by name stumbles over.
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("linux", "amd64", "arm", "v7", "constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"),
  );
  test("platforms, of which every part is text", () =>
    fc.assert(
      fc.property(fc.tuple(fc.constantFrom("linux", "darwin", ""), word, word), (parts) =>
        refusesPolitely(() => {
          for (const part of Object.values(parsePlatform(parts.join("/")))) expect(typeof part).toBe("string");
        }),
      ),
    ));

  test("platforms of others, among which one is selected", () =>
    fc.assert(
      fc.property(word, word, word, word, (os, architecture, variant, feature) => {
        const platform = { os, architecture, variant, "os.features": [feature] };
        const host = { os, architecture, libc: "glibc" as const };
        expect([undefined, platform]).toContain(selectPlatform([{ platform }], host)?.platform);
      }),
    ));

  test("digests", () =>
    fc.assert(
      fc.property(fc.tuple(word, fc.constantFrom(":", "", "::"), word), (parts) =>
        refusesPolitely(() => openHash(parseDigest(parts.join("")))),
      ),
    ));

  test("manifests of any bytes", () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => refusesPolitely(() => parseManifest(bytes)))));

  test("manifests of any JSON", () => {
    const key = fc.constantFrom(
      "schemaVersion",
      "mediaType",
      "config",
      "layers",
      "manifests",
      "digest",
      "size",
      "annotations",
      "platform",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        fc.jsonValue(),
        fc.constantFrom(2, `sha256:${"a".repeat(64)}`, "application/vnd.oci.image.index.v1+json"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) =>
        refusesPolitely(() => parseManifest(new TextEncoder().encode(JSON.stringify(json)))),
      ),
      { numRuns: 300 },
    );
  });

  test("Docker's old schema 1 of any JSON, and the image that is made of it", () => {
    const digest = fc.constantFrom(digestOf(Buffer.from("a")), digestOf(Buffer.from("b")));
    const words = fc.oneof(fc.constant(null), fc.array(fc.string()), fc.jsonValue());
    const said = fc.oneof(
      fc.record({ throwaway: fc.boolean(), created: fc.string(), os: word }, { requiredKeys: [] }),
      fc.record({ config: fc.record({ Env: words, Cmd: words }), container_config: fc.record({ Cmd: words }) }),
      fc.jsonValue(),
    );
    const header = fc
      .record({ formatLength: fc.oneof(fc.nat(300), fc.double()), formatTail: fc.oneof(fc.base64String(), word) })
      .map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));
    const manifest = fc.array(fc.tuple(digest, said), { maxLength: 4 }).map((steps) => ({
      schemaVersion: 1,
      fsLayers: steps.map(([blobSum]) => ({ blobSum })),
      history: steps.map(([, text]) => ({ v1Compatibility: JSON.stringify(text) })),
    }));
    fc.assert(
      fc.property(manifest, fc.array(fc.oneof(header, word), { maxLength: 2 }), (unsigned, signatures) => {
        const bytes = Buffer.from(
          JSON.stringify({ ...unsigned, signatures: signatures.map((text) => ({ protected: text })) }),
        );
        expect(refusesPolitely(() => payloadOf(bytes))).toBe(true);
        expect(
          refusesPolitely(() => {
            const image = convertSchema1(parseSchema1(bytes), new Map());
            parseManifest(image.manifest.bytes, image.manifest.descriptor.mediaType);
            parseImageConfig(image.config.bytes);
          }),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("challenges", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(Array.isArray(parseChallenges(text))).toBe(true);
      }),
    ));
});
