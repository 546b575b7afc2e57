import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { blobOf } from "../../../../support/bytes.ts";
import { bytes, SIZE, ETAG, PACKED, download, openStage, offerAll, ask, GET, HEAD, undated } from "./stage.ts";

describe("a whole file", () => {
  test("comes with its name, its length and all that there is to know of it", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const { head, body } = await ask(stage, GET);
    expect(body).toEqual(bytes);
    expect(head.split("\r\n").filter((line) => !/^(Date|Connection)/.test(line))).toEqual([
      "HTTP/1.1 200 OK",
      `etag: ${ETAG}`,
      "vary: Accept-Encoding",
      "cache-control: public, max-age=31536000, immutable",
      "content-type: application/octet-stream",
      `content-disposition: attachment; filename="Example App.exe"; filename*=UTF-8''Example%20App.exe`,
      `content-length: ${SIZE}`,
      "accept-ranges: bytes",
      `repr-digest: sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`,
      "x-content-type-options: nosniff",
    ]);
    expect(await stage.front.delivery(0)).toEqual({ status: 200, bytes: SIZE, coding: "identity", end: "sent" });
  });

  test("has the same head for HEAD, for which nothing is fetched", async () => {
    await using stage = await openStage({ caching: "short" });
    offerAll(stage);
    const head = await ask(stage, `${HEAD}\r\nRange: bytes=0-1`);
    expect(stage.shelf.fetches).toEqual([]);
    expect(head.head).toContain("cache-control: public, max-age=60\r\n");
    expect(head.body).toHaveLength(0);
    const get = await ask(stage, GET);
    expect(undated(head.head)).toBe(undated(get.head));
  });

  test("that is a zip says so", async () => {
    await using stage = await openStage({ download: { ...download, fileName: "App.ZIP" } });
    expect((await ask(stage, HEAD)).head).toContain("content-type: application/zip\r\n");
  });

  test.each(["gzip", "br", "zstd"] as const)(
    "travels as it is stored in %s, under a tag of its own",
    async (coding) => {
      await using stage = await openStage();
      offerAll(stage);
      const { head, body } = await ask(stage, `${GET}\r\nAccept-Encoding: ${coding}`);
      expect(body).toEqual(PACKED[coding]);
      expect(head).toContain(`content-encoding: ${coding}\r\n`);
      expect(head).toContain(`etag: "${blobOf(PACKED[coding]).digest}"\r\n`);
      expect(head).toContain(`content-length: ${PACKED[coding].byteLength}\r\n`);
      expect(await stage.front.delivery(0)).toMatchObject({ status: 200, coding, bytes: PACKED[coding].byteLength });
    },
  );

  test("that is stored compressed is unpacked for who wants it plain", async () => {
    const packed = blobOf(PACKED.zstd);
    await using stage = await openStage({
      download: { ...download, stored: { blob: packed, compression: "zstd" }, codings: [] },
    });
    offerAll(stage);
    const { head, body } = await ask(stage, `${GET}\r\nAccept-Encoding: zstd`);
    expect(body).toEqual(bytes);
    expect(head).toContain(`etag: ${ETAG}\r\n`);
  });

  test("is not sent in a form that the visitor refuses", async () => {
    await using stage = await openStage();
    expect((await ask(stage, `${GET}\r\nAccept-Encoding: identity;q=0, deflate`)).head).toMatch(/^HTTP\/1\.1 406 /);
  });
});

describe("a condition", () => {
  test.each([
    [`If-None-Match: ${ETAG}`, 304],
    [`If-None-Match: W/${ETAG}, "x"`, 304],
    [`If-None-Match: *`, 304],
    [`If-None-Match: ${ETAG}\r\nAccept-Encoding: br`, 200],
    [`If-None-Match: "${blobOf(PACKED.br).digest}"\r\nAccept-Encoding: br`, 304],
    [`If-None-Match: "x"`, 200],
    [`If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT`, 200],
    [`If-Match: "x"`, 412],
    [`If-Match: ${ETAG}`, 200],
  ])("%s gets %i", async (field, status) => {
    await using stage = await openStage();
    offerAll(stage);
    const { head } = await ask(stage, `${HEAD}\r\n${field}`);
    expect(head).toContain(`HTTP/1.1 ${status} `);
  });

  test("that holds is answered with what a cache has to know", async () => {
    await using stage = await openStage();
    const { head } = await ask(stage, `${HEAD}\r\nIf-None-Match: ${ETAG}`);
    expect(head).toMatch(/etag: "sha256:.*\r\nvary: Accept-Encoding\r\ncache-control: public/);
  });
});

describe("a part", () => {
  test.each([
    ["bytes=0-0", 0, 1],
    ["bytes=70000-140000", 70_000, 140_001],
    ["bytes=-5", SIZE - 5, SIZE],
    ["bytes=200000-", 200_000, SIZE],
  ])("%s is that part of the plain file, whatever else the visitor takes", async (range, start, end) => {
    await using stage = await openStage();
    offerAll(stage);
    const { head, body } = await ask(stage, `${GET}\r\nRange: ${range}\r\nAccept-Encoding: gzip, br, zstd`);
    expect(head).toMatch(/^HTTP\/1\.1 206 /);
    expect(head).toContain(`content-range: bytes ${start}-${end - 1}/${SIZE}\r\n`);
    expect(head).toContain(`etag: ${ETAG}\r\n`);
    expect(body).toEqual(bytes.subarray(start, end));
  });

  test("of a coded form goes to who has its beginning", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const tag = `"${blobOf(PACKED.br).digest}"`;
    const { head, body } = await ask(
      stage,
      `${GET}\r\nRange: bytes=1000-\r\nIf-Range: ${tag}\r\nAccept-Encoding: gzip, br`,
    );
    expect(head).toMatch(/^HTTP\/1\.1 206 /);
    expect(head).toContain("content-encoding: br\r\n");
    expect(body).toEqual(PACKED.br.subarray(1000));
  });

  test.each(["If-Range", "If-Match"])(
    "of the plain file goes to a browser that has decoded the beginning of another form (%s)",
    async (field) => {
      await using stage = await openStage();
      offerAll(stage);
      const tag = `"${blobOf(PACKED.zstd).digest}"`;
      const { head, body } = await ask(
        stage,
        `${GET}\r\nRange: bytes=200000-\r\n${field}: ${tag}\r\nAccept-Encoding: identity`,
      );
      expect(head).toMatch(/^HTTP\/1\.1 206 /);
      expect(head).toContain(`etag: ${ETAG}\r\n`);
      expect(head).not.toContain("content-encoding");
      expect(body).toEqual(bytes.subarray(200_000));
    },
  );

  test("of a form that the visitor has begun is told by If-Match, too", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const tag = `"${blobOf(PACKED.br).digest}"`;
    const words = `${GET}\r\nRange: bytes=1000-\r\nIf-Match: ${tag}\r\nAccept-Encoding: gzip, br`;
    const { head, body } = await ask(stage, words);
    expect(head).toContain("content-encoding: br\r\n");
    expect(body).toEqual(PACKED.br.subarray(1000));
  });

  test.each([
    [`If-Range: "x"`],
    [`If-Range: W/${ETAG}`],
    [`If-Range: "${blobOf(PACKED.br).digest}"`],
    [`If-Range: Sat, 01 Jan 2000 00:00:00 GMT`],
  ])("with %s becomes the whole plain file", async (field) => {
    await using stage = await openStage();
    offerAll(stage);
    const { head, body } = await ask(stage, `${GET}\r\nRange: bytes=5-9\r\n${field}`);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(body).toEqual(bytes);
  });

  test("that is beyond the end is refused, and nothing is fetched for it", async () => {
    await using stage = await openStage();
    const { head } = await ask(stage, `${GET}\r\nRange: bytes=${SIZE}-`);
    expect(head).toMatch(/^HTTP\/1\.1 416 /);
    expect(head).toContain(`content-range: bytes */${SIZE}\r\n`);
    expect(stage.shelf.fetches).toEqual([]);
  });

  test("is not to be had of what cannot be kept: the whole comes, and says so", async () => {
    await using stage = await openStage({ limit: 10 });
    offerAll(stage);
    const { head, body } = await ask(stage, `${GET}\r\nRange: bytes=${SIZE}-`);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head).not.toContain("accept-ranges");
    expect(body).toEqual(bytes);
  });
});
