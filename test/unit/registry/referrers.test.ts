import { describe, expect, test } from "vitest";
import { describe as describeContent, EMPTY_DESCRIPTOR } from "../../../src/oci/descriptor.ts";
import type { Digest } from "../../../src/oci/digest.ts";
import { encodeManifest } from "../../../src/oci/manifest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../src/oci/mediaTypes.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { referrersTag } from "../../../src/registry/referrers.ts";
import { openScripted } from "../../support/client.ts";
import type { Reply, Script } from "../../support/scriptedServer.ts";

const subject = describeContent(OCI_MANIFEST, Buffer.from("subject"));
const TAG = `/v2/example/app/manifests/sha256-${subject.digest.slice(7)}`;
const entry = (name: string, artifactType: string) => ({
  ...describeContent(OCI_MANIFEST, Buffer.from(name)),
  artifactType,
});
const [a, b] = [entry("a", "application/a"), entry("b", "application/b")];

function index(manifests: readonly unknown[], headers: Reply["headers"] = {}): Reply {
  const body = encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  return { headers: { "content-type": OCI_INDEX, ...headers }, body };
}

describe("the referrers of a manifest", () => {
  test("come from all pages of the API", async () => {
    await using scripted = await openScripted((_, url) =>
      url.searchParams.has("page") ? index([b]) : index([a], { link: '<?page=2>; rel="next"' }),
    );
    expect(await scripted.repository.referrers(subject.digest)).toEqual([a, b]);
  });

  test("end where the links go in a circle", async () => {
    await using scripted = await openScripted(() => index([a], { link: '<?page=2>; rel="next"' }));
    expect(await scripted.repository.referrers(subject.digest)).toEqual([a, a]);
    expect(scripted.server.log).toHaveLength(2);
  });

  test("are filtered here where the server does not", async () => {
    await using scripted = await openScripted(() => index([a, b]));
    expect(await scripted.repository.referrers(subject.digest, { artifactType: "application/b" })).toEqual([b]);
    expect(scripted.server.log[0]).toContain("artifactType=application%2Fb");
  });

  test("come from the tag where there is no API, and are none without the tag", async () => {
    await using tagged = await openScripted((_, url) => (url.pathname === TAG ? index([a, b]) : undefined));
    expect(await tagged.repository.referrers(subject.digest, { artifactType: "application/a" })).toEqual([a]);
    await using bare = await openScripted(() => undefined);
    expect(await bare.repository.referrers(subject.digest)).toEqual([]);
  });
});

describe("an API that lists no referrers", () => {
  test.each([401, 403, 405, 500])("has others asked, where it answers %d", async (status) => {
    await using scripted = await openScripted(() => ({ status }));
    await expect(scripted.repository.referrers(subject.digest)).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringMatching(new RegExp(`^nobody tells what refers to it: .* answered ${status}`)) as string,
    });
  });

  test("is told from a limit of requests, and from a registry that cannot be reached", async () => {
    await using limited = await openScripted(() => ({ status: 429 }));
    await expect(limited.repository.referrers(subject.digest)).rejects.toMatchObject({ code: "temporary" });
    await using dead = await openScripted(() => (response) => void response.destroy());
    await expect(dead.repository.referrers(subject.digest)).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a manifest with a subject", () => {
  const referrer = encodeManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: "application/c",
    config: EMPTY_DESCRIPTOR,
    layers: [EMPTY_DESCRIPTOR],
    subject,
    annotations: { key: "value" },
  });
  const descriptor = describeContent(OCI_MANIFEST, referrer);
  const listed = { ...descriptor, artifactType: "application/c", annotations: { key: "value" } };

  /** Answers a GET of the tag with this, and takes every PUT with these headers. */
  const taking =
    (before: Reply | undefined, headers: Reply["headers"] = {}): Script =>
    ({ method }, url) => {
      if (method === "PUT") return { status: 201, headers };
      return method === "GET" && url.pathname === TAG ? before : undefined;
    };

  test.each([
    ["is added to the tag that is there", index([a]), [a, listed]],
    ["makes the tag where there is none", undefined, [listed]],
  ])("%s when the server does not list it by itself", async (_, before, expected) => {
    const bodies: string[] = [];
    await using scripted = await openScripted(taking(before));
    scripted.server.onBody((method, body) => void (method === "PUT" && bodies.push(body.toString())));
    await scripted.repository.push(descriptor, contentOf(referrer));
    expect(scripted.server.log.at(-1)).toBe(`PUT ${TAG}`);
    expect(JSON.parse(bodies.at(-1) ?? "")).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: expected,
    });
  });

  test.each([
    ["the server lists it by itself", undefined, { "oci-subject": subject.digest }],
    ["the tag has it already", index([listed]), {}],
  ])("leaves the tag alone when %s", async (_, before, headers) => {
    await using scripted = await openScripted(taking(before, headers));
    await scripted.repository.push(descriptor, contentOf(referrer));
    expect(scripted.server.log.filter((line) => line === `PUT ${TAG}`)).toEqual([]);
  });
});

test.each([
  [`sha256:${"a".repeat(64)}`, `sha256-${"a".repeat(64)}`],
  [`sha512:${"b".repeat(128)}`, `sha512-${"b".repeat(64)}`],
  ["x+y:c=d", "x-y-c-d"],
])("the referrers tag of %s is %s", (digest, tag) => {
  expect(referrersTag(digest as Digest)).toBe(tag);
});
