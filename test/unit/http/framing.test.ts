import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { framingOf, idleTime, openChunked } from "../../../src/http/framing.ts";

const head = (headers: Record<string, string>, { status = 200, minor = 1 } = {}) => ({
  status,
  minor,
  headers: new Map(Object.entries(headers)),
});
const MALFORMED = expect.objectContaining({ code: "HTTP_MALFORMED" });

describe("the length of a body", () => {
  test.each([
    ["GET", head({ "content-length": "5" }), { kind: "length", length: 5 }],
    ["GET", head({ "content-length": "5, 5" }), { kind: "length", length: 5 }],
    ["HEAD", head({ "content-length": "5" }), { kind: "length", length: 0 }],
    ["HEAD", head({ "transfer-encoding": "chunked" }), { kind: "length", length: 0 }],
    ["GET", head({ "content-length": "5" }, { status: 204 }), { kind: "length", length: 0 }],
    ["GET", head({ "content-length": "5" }, { status: 304 }), { kind: "length", length: 0 }],
    ["GET", head({ "transfer-encoding": "Chunked", "content-length": "5" }), { kind: "chunked" }],
    ["GET", head({}), { kind: "close" }],
  ])("%s %j: %j", (method, answer, framing) => {
    expect(framingOf(method, answer)).toEqual(framing);
  });

  test.each([
    head({ "content-length": "5, 6" }),
    head({ "content-length": "-5" }),
    head({ "content-length": "+5" }),
    head({ "content-length": "0x5" }),
    head({ "content-length": "" }),
    head({ "content-length": "5 5" }),
    head({ "content-length": "9999999999999999" }),
    head({ "transfer-encoding": "gzip, chunked" }),
    head({ "transfer-encoding": "identity" }),
    head({ "transfer-encoding": "chunked, chunked" }),
    head({ "transfer-encoding": "chunked" }, { minor: 0 }),
  ])("is refused where it is unclear: %j", (answer) => {
    expect(() => framingOf("GET", answer)).toThrow(MALFORMED);
  });
});

describe("a connection", () => {
  const LENGTH = { kind: "length", length: 5 } as const;
  test.each([
    [head({}), LENGTH, 10_000],
    [head({ connection: "Keep-Alive" }, { minor: 0 }), LENGTH, 10_000],
    [head({ "keep-alive": "timeout=60, max=100" }), LENGTH, 10_000],
    [head({ "keep-alive": "timeout=5" }), LENGTH, 4000],
    [head({ "keep-alive": "max=3,Timeout=5" }), LENGTH, 4000],
    [head({ "keep-alive": "timeout=1" }), LENGTH, 0],
    [head({ connection: "close" }), LENGTH, 0],
    [head({ connection: "x, Close" }), LENGTH, 0],
    [head({}, { minor: 0 }), LENGTH, 0],
    [head({}), { kind: "close" } as const, 0],
    [head({}), { kind: "chunked" } as const, 10_000],
    [head({ "content-length": "5" }), { kind: "chunked" } as const, 0],
  ])("%j, %j is kept for %i ms", (answer, framing, ms) => {
    expect(idleTime(answer, framing, 10_000)).toBe(ms);
  });
});

describe("a body in chunks", () => {
  const decode = (parts: readonly Buffer[]) => {
    const payload: Buffer[] = [];
    const chunked = openChunked((bytes) => payload.push(Buffer.from(bytes)));
    let taken = 0;
    for (const part of parts) taken += chunked.take(part);
    return { payload: Buffer.concat(payload), taken, done: chunked.done };
  };

  test("gives its content and nothing of what follows, however it is cut", () => {
    const size = fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }), extension: fc.boolean() });
    const cuts = fc.array(fc.nat(), { maxLength: 10 });
    fc.assert(
      fc.property(fc.array(size, { maxLength: 8 }), fc.boolean(), cuts, (chunks, trailers, cuts) => {
        const body = Buffer.concat([
          ...chunks.flatMap(({ bytes, extension }) => [
            Buffer.from(`${bytes.byteLength.toString(16)}${extension ? ' ;a="b"' : ""}\r\n`),
            bytes,
            Buffer.from("\r\n"),
          ]),
          Buffer.from(`0\r\n${trailers ? "a: b\r\nc: d\r\n" : ""}\r\n`),
        ]);
        const wire = Buffer.concat([body, Buffer.from("HTTP/1.1 200 OK")]);
        const places = [0, ...cuts.map((cut) => cut % wire.byteLength).sort((a, b) => a - b), wire.byteLength];
        const parts = places.slice(1).map((place, index) => wire.subarray(places[index], place));
        const { payload, taken, done } = decode(parts);
        expect(payload).toEqual(Buffer.concat(chunks.map(({ bytes }) => bytes)));
        expect([taken, done]).toEqual([body.byteLength, true]);
      }),
    );
  });

  test.each([
    "x\r\n",
    "\r\n",
    "-1\r\n",
    "5\n",
    "5\r\nhelloX\r\n",
    "ffffffffffffffffff\r\n",
    `5;${"x".repeat(5000)}\r\n`,
    `0\r\n${"a: b\r\n".repeat(200)}\r\n`,
  ])("is refused where others could read it otherwise", (text) => {
    expect(() => decode([Buffer.from(text)])).toThrow(MALFORMED);
  });
});
