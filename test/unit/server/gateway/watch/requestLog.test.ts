import { describe, expect, test } from "vitest";
import { AppError } from "../../../../../src/errors.ts";
import { keepSecret } from "../../../../../src/redact.ts";
import { formatLogLine, type RequestEvent } from "../../../../../src/server/gateway/watch/requestLog.ts";

const time = new Date("2026-01-02T03:04:05.678Z");

function line(event: Partial<RequestEvent> = {}, fullAddresses = false): string {
  const whole: RequestEvent = {
    event: "request",
    method: "GET",
    target: "/windows-amd64",
    status: 200,
    bytes: 90_000_000,
    ms: 12.345,
    address: "203.0.113.77",
    agent: "curl/8.5.0",
    coding: "zstd",
    aborted: undefined,
    error: undefined,
    ...event,
  };
  return formatLogLine(whole, { time, fullAddresses });
}

function read(text: string): Record<string, unknown> {
  expect(text).toMatch(/^[\x20-\x7e]+\n$/);
  return JSON.parse(text) as Record<string, unknown>;
}

describe("a line of the log", () => {
  test("says what became of a request, and not who asked", () => {
    expect(read(line())).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      event: "request",
      method: "GET",
      path: "/windows-amd64",
      status: 200,
      bytes: 90_000_000,
      ms: 12,
      address: "203.0.113.0",
      agent: "curl/8.5.0",
      coding: "zstd",
    });
  });

  test("has whole addresses where they are wanted, and a reason for what ended early", () => {
    const error = new AppError("unavailable", "nobody listens there");
    expect(read(line({ aborted: "failed", error, coding: "identity", agent: undefined }, true))).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      event: "request",
      method: "GET",
      path: "/windows-amd64",
      status: 200,
      bytes: 90_000_000,
      ms: 12,
      address: "203.0.113.77",
      aborted: "failed",
      error: "nobody listens there",
    });
  });

  test.each([
    ["a line of its own", '/a\n{"event":"request","status":200}', '/a\n{"event":"request","status":200}'],
    ["escapes for a terminal", "/\u001b[2J\u009b31m\u202e", "/\u001b[2J\u009b31m\u202e"],
    ["a query, which may be somebody's", "/download?email=me@example.com", "/download"],
    ["a fragment", "/download#x", "/download"],
    ["a token", "/dckr_pat_abcdefghijklmnop", "/***"],
    ["something endless", `/${"a".repeat(100_000)}`, `/${"a".repeat(199)}...`],
  ])("is one line of ASCII, whatever a path holds: %s", (_, target, path) => {
    expect(read(line({ target }))["path"]).toBe(path);
  });

  test("caps what a client says of itself", () => {
    const { agent, method } = read(line({ agent: "x".repeat(10_000), method: "Y".repeat(10_000) }));
    expect([agent, method]).toEqual([`${"x".repeat(200)}...`, `${"Y".repeat(20)}...`]);
  });

  test("shows no secret that this process knows", () => {
    keepSecret("correct horse");
    const message = 'the registry said "correct horse"';
    expect(formatLogLine({ event: "registry", message }, { time, fullAddresses: false })).toBe(
      '{"time":"2026-01-02T03:04:05.678Z","event":"registry","message":"the registry said \\"***\\""}\n',
    );
  });
});
