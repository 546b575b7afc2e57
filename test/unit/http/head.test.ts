import { describe, expect, test } from "vitest";
import { endOfHead, formatHead, parseHead } from "../../../src/http/head.ts";

const parse = (text: string) => parseHead(Buffer.from(text, "latin1"));

describe("the head of a request", () => {
  test("is a line, its headers and an empty line", () => {
    const head = formatHead({ method: "GET", target: "/v2/?a=b", headers: { host: "a.example:81", accept: "*/*" } });
    expect(head).toBe("GET /v2/?a=b HTTP/1.1\r\nhost: a.example:81\r\naccept: */*\r\n\r\n");
  });

  test.each([
    { method: "GET", target: "/", headers: { authorization: "a\r\nhost: evil.example" } },
    { method: "GET", target: "/", headers: { "a: b\r\nc": "d" } },
    { method: "GET", target: "/", headers: { a: "\0" } },
    { method: "GET", target: "/", headers: { a: "\u{1f600}" } },
    { method: "GET", target: "/ HTTP/1.1\r\n", headers: {} },
    { method: "GET", target: "/a b", headers: {} },
    { method: "GET\r\n", target: "/", headers: {} },
    { method: "GET", target: "", headers: {} },
  ])("never becomes two: %j", (head) => {
    expect(() => formatHead(head)).toThrow(expect.objectContaining({ code: "HTTP_UNSENDABLE" }));
  });
});

describe("the head of an answer", () => {
  test("has a status and headers, whose names have no case", () => {
    const { status, minor, headers } = parse("HTTP/1.1 200 OK\r\nContent-LENGTH: 5\r\nempty:\r\nA:\t b c \t\r\n\r\n");
    expect([status, minor]).toEqual([200, 1]);
    expect([...headers]).toEqual([
      ["content-length", "5"],
      ["empty", ""],
      ["a", "b c"],
    ]);
  });

  test.each([
    ["HTTP/1.0 404 Not Found\r\n\r\n", 404],
    ["HTTP/1.1 200\r\n\r\n", 200],
    ["HTTP/1.1 200 \r\n\r\n", 200],
    ["HTTP/1.1 503 Sch\xf6n \x01\r\n\r\n", 503],
  ])("may have any reason, or none: %j", (text, status) => {
    expect(parse(text).status).toBe(status);
  });

  test("joins what comes twice, and what is folded", () => {
    const { headers } = parse("HTTP/1.1 200 OK\r\nlink: a\r\nLink: b\r\nlong: one\r\n  two\r\n\tthree\r\n\r\n");
    expect(headers.get("link")).toBe("a, b");
    expect(headers.get("long")).toBe("one two three");
  });

  test("has addresses in UTF-8", () => {
    const bytes = Buffer.from("HTTP/1.1 307 Moved\r\nlocation: /größe\r\n\r\n", "utf8");
    expect(parseHead(bytes).headers.get("location")).toBe("/größe");
  });

  test.each([
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nname : value\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: value\r\n\r\n",
    "HTTP/1.1 200 OK\r\n folded without a header\r\n\r\n",
    "HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n",
    "HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
  ])("is refused where others could read it otherwise: %j", (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "HTTP_MALFORMED" }));
  });

  test("ends behind its empty line", () => {
    expect(endOfHead(Buffer.from("HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\r\n\r\n"))).toBe(25);
    for (const part of ["", "H", "HTTP/", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\na: b\r\n\r"])
      expect(endOfHead(Buffer.from(part))).toBe(-1);
  });

  test.each(["SSH-2.0-OpenSSH\r\n", "\r\n", "<html>", "HTTP/1.1 200 OK\na: b\n\n", "\u0016\u0003\u0001"])(
    "that will never be one is not waited for: %j",
    (text) => {
      expect(() => endOfHead(Buffer.from(text))).toThrow(expect.objectContaining({ code: "HTTP_MALFORMED" }));
    },
  );
});
