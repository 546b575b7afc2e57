import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { blobOf, chunked, noise } from "../../support/bytes.ts";
import { openScripted } from "../../support/client.ts";
import type { Reply, Script } from "../../support/scriptedServer.ts";

const bytes = noise(5000);
const blob = blobOf(bytes);

/** Nothing is there; POST is answered so; whatever else is taken. */
function taking(post: (url: URL) => Reply, put: (count: number) => Reply = () => ({ status: 201 })): Script {
  let puts = 0;
  return ({ method }, url) => {
    if (method === "HEAD") return { status: 404 };
    if (method === "POST") return post(url);
    return method === "PUT" ? put((puts += 1)) : { status: 204 };
  };
}

const session: Reply = { status: 202, headers: { location: "/upload/1" } };

describe("an upload", () => {
  test("is not begun for what is there", async () => {
    await using scripted = await openScripted(() => ({ status: 200 }));
    await scripted.repository.push(blob, chunked(bytes));
    expect(scripted.server.log).toEqual([`HEAD /v2/example/app/blobs/${blob.digest}`]);
  });

  test.each([401, 403, 404, 405])("takes the bytes when mounting is answered with %i", async (status) => {
    await using scripted = await openScripted(taking((url) => (url.searchParams.has("mount") ? { status } : session)));
    await scripted.repository.push(blob, chunked(bytes), { mountFrom: "example/other" });
    expect(scripted.server.log.at(-1)).toMatch(/^PUT \/upload\/1/);
  });

  test("names the algorithm of a digest that is not sha256, also when mounting", async () => {
    const wide = { ...blob, digest: digestOf(bytes, "sha512") };
    await using scripted = await openScripted(taking(() => session));
    await scripted.repository.push(wide, chunked(bytes), { mountFrom: "example/other" });
    await scripted.repository.push(wide, chunked(bytes));
    const posts = scripted.server.log.filter((line) => line.startsWith("POST"));
    expect(posts).toEqual([
      expect.stringMatching(/digest-algorithm=sha512&mount=/),
      expect.stringMatching(/\?digest-algorithm=sha512$/),
    ]);
  });

  test.each([
    ["no address", undefined, "does not say where to upload to"],
    ["a broken one", "http://[", "something that is no address"],
    ["one of another kind", "ftp://127.0.0.1/x", "leads to ftp:"],
  ])("that gets %s says so", async (_, location, message) => {
    await using scripted = await openScripted(
      taking(() => ({ status: 202, headers: location === undefined ? {} : { location } })),
    );
    await expect(scripted.repository.push(blob, chunked(bytes))).rejects.toMatchObject({
      message: expect.stringContaining(message),
    });
  });

  test("leaves a server alone that asks to come back later", async () => {
    const busy = { status: 429, headers: { "retry-after": "600" } };
    await using scripted = await openScripted(
      taking(
        () => session,
        () => busy,
      ),
    );
    await expect(scripted.repository.push(blob, chunked(bytes))).rejects.toMatchObject({
      code: "temporary",
      retryAfter: 600_000,
    });
    expect(scripted.pauses).toEqual([]);
  });

  test.each([
    [400, 1],
    [503, 4],
  ])("that is answered with %i is tried %i times, and cancelled each time", async (status, tries) => {
    await using scripted = await openScripted(
      taking(
        () => session,
        () => ({ status }),
      ),
    );
    await expect(scripted.repository.push(blob, chunked(bytes))).rejects.toMatchObject({ status });
    const count = (method: string) => scripted.server.log.filter((line) => line.startsWith(method)).length;
    expect([count("PUT"), count("DELETE")]).toEqual([tries, tries]);
  });
});
