import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import {
  CHANNEL_DOCUMENT,
  type ChannelDocument,
  channelOfTag,
  composeChannel,
  isExpired,
  readChannel,
  tagOfChannel,
  yankReason,
} from "../../../src/trust/channelDocument.ts";
import { signEnvelope, type Signer } from "../../../src/trust/dsse.ts";
import { makeKey } from "../../support/keys.ts";
import { digestOfNothing, ID } from "../../support/signed.ts";

const [key, stranger] = await Promise.all([makeKey(), makeKey()]);
const quorum = { keys: [key.publicKey], threshold: 1 };

const document: ChannelDocument = {
  id: ID,
  channel: "beta",
  sequence: 7,
  issued: "2026-01-02T03:04:05Z",
  expires: "2026-02-02T03:04:05Z",
  releases: [{ version: "1.1.0+7", digest: digestOfNothing, rollout: 12.5, critical: false }],
  yanked: [{ version: "1.0.0", reason: "it loses work" }],
};

const signed = (change: Readonly<Record<string, unknown>> = {}, signer: Signer = key) =>
  signEnvelope(composeChannel({ ...document, ...change }), signer);
const read = (envelope: ReturnType<typeof signed>, wanted = {}) =>
  readChannel(envelope, { quorum, id: ID, channel: "beta", ...wanted });
const refused = (message: string) =>
  expect.objectContaining({ code: "bad-data", message: expect.stringContaining(message) });

test("a document is read as it was written, with the digest of what was signed and who did", () => {
  const envelope = signed();
  expect(read(envelope)).toMatchObject({
    document,
    digest: digestOf(envelope.payload),
    signers: [{ id: key.publicKey.id }],
  });
  expect(read(signed({ expires: undefined })).document).not.toHaveProperty("expires");
});

test("a channel's document has a tag in small letters, which leads back to it", () => {
  expect(tagOfChannel("Beta")).toBe("channel-beta");
  expect(channelOfTag("channel-beta")).toBe("beta");
  expect(channelOfTag("1.0.0")).toBeUndefined();
  expect(read(signed(), { channel: "BETA" }).document.channel).toBe("beta");
});

describe("a document is refused", () => {
  test("that a stranger has signed, or nobody", () => {
    const message = "the document of the channel beta is not signed by a key that is trusted";
    expect(() => read(signed({}, stranger))).toThrow(refused(message));
    expect(() => read(composeChannel(document))).toThrow(refused(message));
  });

  test("about another program, or of another channel", () => {
    expect(() => read(signed({ id: "com.example.other" }))).toThrow(refused(`is about com.example.other, not ${ID}`));
    expect(() => read(signed(), { channel: "stable" })).toThrow(refused("is that of the channel beta"));
  });

  test("of another kind that the same key has signed", () => {
    const foreign = signEnvelope({ ...composeChannel(document), payloadType: "application/x+json" }, key);
    expect(() => read(foreign)).toThrow(refused(`expected ${CHANNEL_DOCUMENT}`));
  });

  const [release] = document.releases;

  test.each([
    ["a number that is none", { sequence: "8" }, "sequence"],
    ["the number of no document", { sequence: 0 }, "sequence"],
    ["a time that is none", { issued: "yesterday" }, "issued: expected a time such as"],
    ["a time that says more", { issued: "2026-01-02 03:04:05 (\u001b[2J)" }, "issued: expected a time such as"],
    ["a time without a zone", { expires: "2026-01-02T03:04:05" }, "expires: expected a time such as"],
    ["a time that there is not", { expires: "2026-13-02T03:04:05Z" }, "expires: expected a time such as"],
    ["an end that is none", { expires: "" }, "expires: expected a time such as"],
    [
      "a version that is none",
      { releases: [{ ...release, version: "v1.1" }] },
      "releases[0].version: expected a version",
    ],
    [
      "a tag for a version",
      { releases: [{ ...release, version: "1.1.0_7" }] },
      "releases[0].version: expected a version",
    ],
    ["a digest that is none", { releases: [{ ...release, digest: "sha256:0" }] }, "releases[0].digest"],
    ["less than nobody", { releases: [{ ...release, rollout: -1 }] }, "releases[0].rollout"],
    ["more than everybody", { releases: [{ ...release, rollout: 100.5 }] }, "releases[0].rollout"],
    ["a reason without end", { yanked: [{ version: "1.0.0", reason: "x".repeat(501) }] }, "yanked[0].reason"],
    ["releases without end", { releases: Array.from({ length: 201 }, () => release) }, "releases"],
  ])("with %s", (_, change, message) => {
    expect(() => read(signed(change))).toThrow(refused(`the document of the channel beta: ${message}`));
  });
});

test("where nobody has to sign, a document is read all the same, and nobody's id is asked for", () => {
  expect(readChannel(composeChannel(document), { quorum: undefined, id: undefined, channel: "beta" }).document).toEqual(
    document,
  );
});

test("the reason is known of what was taken back, and of nothing else", () => {
  expect(yankReason(document, "1.0.0")).toBe("it loses work");
  expect(yankReason(document, "1.1.0+7")).toBeUndefined();
});

test("a document is good until its time, and without one for ever", () => {
  const end = Date.parse("2026-02-02T03:04:05Z");
  expect([end - 1, end, end + 1].map((now) => isExpired(document, now))).toEqual([false, true, true]);
  expect(isExpired({}, Number.MAX_SAFE_INTEGER)).toBe(false);
});

test.each(["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05+01:00"])("%s is a time", (issued) => {
  expect(read(signed({ issued })).document.issued).toBe(issued);
});

test("a reason is text for people: nothing in it steers a terminal", () => {
  const reason = " it \u001b[31mloses\r\nwork\u202e ";
  const { yanked } = read(signed({ yanked: [{ version: "1.0.0", reason }] })).document;
  expect(yanked).toEqual([{ version: "1.0.0", reason: "it  [31mloses work" }]);
  expect(() => read(signed({ id: "com.example.\u001bapp" }))).toThrow(refused("expected a name without spaces"));
});
