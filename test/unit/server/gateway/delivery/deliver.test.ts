import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import type { Coding, Download } from "../../../../../src/release/download.ts";
import { SHARED_BYTES } from "../../../../../src/server/gateway/contents/sharedBlocks.ts";
import { blobOf, noise } from "../../../../support/bytes.ts";
import { hasProgram } from "../../../../support/peer.ts";
import { run } from "../../../../support/run.ts";
import { temporaryDirectory } from "../../../../support/temporary.ts";
import { type Front, openFront } from "../front.ts";
import { openTestContents, type TestContents } from "../scriptedShelf.ts";
import type { DeliverOptions } from "../../../../../src/server/gateway/delivery/deliver.ts";

// Text that becomes shorter when it is compressed, of several blocks.
const bytes = Buffer.from(noise(300_000).toString("hex"));
const SIZE = bytes.byteLength;
const blob = blobOf(bytes);
const ETAG = `"${blob.digest}"`;
const PACKED: Readonly<Record<Coding, Buffer>> = {
  gzip: gzipSync(bytes),
  br: brotliCompressSync(bytes),
  zstd: zstdCompressSync(bytes),
};
const download: Download = {
  platform: { os: "linux", architecture: "amd64" },
  tag: "1.0.0",
  kind: "launcher",
  fileName: "Example App.exe",
  size: SIZE,
  digest: blob.digest,
  stored: { blob, compression: "none" },
  codings: (["gzip", "br", "zstd"] as const).map((coding) => ({ coding, blob: blobOf(PACKED[coding]) })),
  codeSigned: false,
};

interface Stage extends AsyncDisposable, TestContents {
  readonly front: Front;
  readonly directory: string;
}

async function openStage(
  options: Partial<DeliverOptions & { download: Download; limit: number }> = {},
): Promise<Stage> {
  const directory = await temporaryDirectory();
  const test = await openTestContents(join(directory.path, "kept"), options.limit);
  const front = await openFront(test.contents, options.download ?? download, options);
  return {
    ...test,
    front,
    directory: directory.path,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function offerAll({ shelf }: Stage): void {
  for (const content of [bytes, ...Object.values(PACKED)]) shelf.offer(content);
}

/** As it came: fetch would undo the coding. */
async function ask({ front }: Stage, head: string): Promise<{ head: string; body: Buffer }> {
  const socket = await front.ask(`${head}\r\nConnection: close`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  const end = all.indexOf("\r\n\r\n");
  return { head: all.subarray(0, end).toString("latin1"), body: all.subarray(end + 4) };
}

const GET = "GET / HTTP/1.1";
const HEAD = "HEAD / HTTP/1.1";

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

describe("a registry", () => {
  test.each([
    ["unavailable", 503, "retry-after: 30\r\n"],
    ["temporary", 503, "retry-after: 30\r\n"],
    ["not-found", 404, ""],
    ["bad-data", 502, ""],
    ["not-allowed", 502, ""],
  ] as const)("that fails with %s before the first byte becomes %i and a sentence", async (code, status, field) => {
    await using stage = await openStage();
    const error = new AppError(code, "secret words of the inside");
    void stage.shelf.begun(0).then((fetch) => fetch.fail(error));
    const { head, body } = await ask(stage, GET);
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain("cache-control: no-store\r\n");
    expect(head).toContain(field);
    expect(body.toString()).toMatch(/^This file .*\.\n$|^The place .*\.\n$/);
    expect(body.toString()).not.toContain("secret");
    expect(await stage.front.delivery(0)).toMatchObject({ status, end: "failed", error: { code } });
  });

  test("that sends something else has the connection cut, and never a clean end", async () => {
    await using stage = await openStage();
    void sendWrong(stage);
    const answer = await fetch(stage.front.url, { headers: { "accept-encoding": "identity" } });
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow("terminated");
    expect(await stage.front.delivery(0)).toMatchObject({ status: 200, end: "failed", error: { code: "bad-data" } });
  });

  test("gets the visitors themselves where it has an address for them", async () => {
    await using stage = await openStage({ redirect: true });
    const linked = { ...stage.contents, linkTo: async () => new URL("https://registry.example/blob") };
    await using front = await openFront(linked, download, { redirect: true });
    const answer = await fetch(front.url, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location"), answer.headers.get("cache-control")]).toEqual([
      302,
      "https://registry.example/blob",
      "no-store",
    ]);
    // What it has is not what is wanted.
    const packed = { ...download, stored: { blob: blobOf(PACKED.zstd), compression: "zstd" } } as const;
    await using other = await openFront(linked, packed, { redirect: true });
    offerAll(stage);
    expect(Buffer.from(await (await fetch(other.url)).arrayBuffer())).toEqual(bytes);
    // Without one, or when it cannot be asked, they are served from here.
    const unable = { ...stage.contents, linkTo: async () => await Promise.reject(new Error("no")) };
    await using last = await openFront(unable, download, { redirect: true });
    expect((await fetch(last.url)).status).toBe(200);
  });
});

describe("a visitor", () => {
  // More than the system takes on behalf of who reads nothing.
  const large = noise(30_000_000);
  const LARGE: Download = {
    ...download,
    size: large.byteLength,
    digest: blobOf(large).digest,
    stored: { blob: blobOf(large), compression: "none" },
    codings: [],
  };

  test("who takes nothing is cut off", async () => {
    await using stage = await openStage({ download: LARGE, stallTimeout: 50 });
    stage.shelf.offer(large);
    const socket = await stage.front.ask(GET);
    expect(await stage.front.delivery(0)).toMatchObject({ status: 200, end: "stalled" });
    socket.destroy();
  });

  test("who waits for a registry is not", async () => {
    await using stage = await openStage();
    const socket = await stage.front.ask(`${GET}\r\nConnection: close`);
    const arriving = await stage.shelf.begun(0);
    await arriving.send(bytes.subarray(0, SIZE - 1));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      // All that may be sent has been taken.
      if (
        !Buffer.concat(chunks)
          .toString("latin1")
          .endsWith(String(bytes.subarray(500_000, 4 * SHARED_BYTES)))
      )
        continue;
      stage.front.responses[0]!.emit("timeout");
      void arriving.send(bytes.subarray(SIZE - 1));
      arriving.end();
    }
    expect(Buffer.concat(chunks).subarray(-SIZE)).toEqual(bytes);
    expect(await stage.front.delivery(0)).toMatchObject({ end: "sent" });
  });

  test("who leaves in the middle, or before the first byte, ends the download", async () => {
    await using stage = await openStage();
    for (const [index, sent] of [0, 200_000].entries()) {
      const socket = await stage.front.ask(GET);
      const arriving = await stage.shelf.begun(index);
      if (sent > 0) {
        const answered = once(socket, "readable");
        await arriving.send(bytes.subarray(0, sent));
        await answered;
      }
      socket.destroy();
      expect(await stage.front.delivery(index)).toMatchObject({ status: sent > 0 ? 200 : 499, end: "left" });
      await arriving.over;
      expect(stage.contents.kept.files).toBe(0);
    }
  });

  test("may ask for one file after the other on a connection", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const socket = await stage.front.ask(`${GET}\r\nRange: bytes=0-2`);
    socket.write(`${HEAD}\r\nHost: x\r\n\r\n${GET}\r\nHost: x\r\nRange: bytes=3-5\r\nConnection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    const parts = [bytes.subarray(0, 3), bytes.subarray(3, 6)].map(String);
    expect(text).toMatch(
      new RegExp(`^HTTP/1.1 206 [^]*\r\n\r\n${parts[0]}HTTP/1.1 200 [^]*\r\n\r\nHTTP/1.1 206 [^]*\r\n\r\n${parts[1]}$`),
    );
  });

  test("of many who read at different speeds gets every byte right", async () => {
    await using stage = await openStage({ download: LARGE });
    stage.shelf.offer(large);
    const digests = Array.from({ length: 20 }, async (_, index) => {
      const socket = await stage.front.ask(`${GET}\r\nConnection: close`);
      const hash = createHash("sha256");
      let head = Buffer.alloc(0);
      let inBody = false;
      for await (const chunk of socket) {
        // Every other one lets everybody else go first.
        if (index % 2 === 1) await new Promise(setImmediate);
        if (inBody) {
          hash.update(chunk as Buffer);
          continue;
        }
        head = Buffer.concat([head, chunk as Buffer]);
        const end = head.indexOf("\r\n\r\n");
        if (end === -1) continue;
        inBody = true;
        hash.update(head.subarray(end + 4));
      }
      return `sha256:${hash.digest("hex")}`;
    });
    expect(new Set(await Promise.all(digests))).toEqual(new Set([LARGE.digest]));
    expect(stage.shelf.fetches).toHaveLength(1);
  });
});

describe.runIf(hasProgram("curl"))("curl", () => {
  test("resumes what it has the beginning of", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const file = join(stage.directory, "out");
    await writeFile(file, bytes.subarray(0, 123_456));
    expect(await run("curl", ["-fsS", "-C", "-", "-o", file, stage.front.url])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file)).toEqual(bytes);
    expect(await stage.front.delivery(0)).toMatchObject({ status: 206, bytes: SIZE - 123_456 });
  });

  test("saves it under its name", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const saved = await run("curl", ["-fsSOJ", stage.front.url], { cwd: stage.directory });
    expect(saved).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(stage.directory, download.fileName))).toEqual(bytes);
  });

  test("takes a coded form, and has the plain file in the end", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const file = join(stage.directory, "out");
    expect(await run("curl", ["-fsS", "--compressed", "-o", file, stage.front.url])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file)).toEqual(bytes);
    expect((await stage.front.delivery(0)).coding).not.toBe("identity");
  });

  test("fails when the content does", async () => {
    await using stage = await openStage();
    void sendWrong(stage);
    const { exitCode } = await run("curl", ["-fsS", "-o", join(stage.directory, "out"), stage.front.url]);
    // Closed with bytes outstanding, or reset.
    expect([18, 56]).toContain(exitCode);
  });
});

describe.runIf(hasProgram("wget"))("wget", () => {
  test("resumes what it has the beginning of", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const file = join(stage.directory, "out");
    await writeFile(file, bytes);
    await truncate(file, 77_777);
    expect(await run("wget", ["-q", "-c", "-O", file, stage.front.url])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file)).toEqual(bytes);
  });
});

/** Most of it, and then a byte that is another one. */
async function sendWrong({ shelf, front }: Stage): Promise<void> {
  const fetch = await shelf.begun(0);
  await fetch.send(bytes.subarray(0, SIZE - 1));
  // Before that there would be an answer that says so.
  while (front.responses[0]?.headersSent !== true) await new Promise(setImmediate);
  void fetch.send(Buffer.of(bytes[SIZE - 1]! ^ 1));
  fetch.end();
}

function undated(head: string): string {
  return head.replace(/\r\nDate: [^\r]*/, "");
}
