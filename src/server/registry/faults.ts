import type { ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";

/** One thing that goes wrong. */
export type Fault =
  /** Milliseconds before the answer. */
  | { readonly kind: "latency"; readonly ms: number }
  /** The body ends after this many bytes, cleanly as far as TCP goes. */
  | { readonly kind: "truncate"; readonly after: number }
  /** The connection is reset after this many bytes of the body. */
  | { readonly kind: "reset"; readonly after: number }
  /** One bit of the body is another. */
  | { readonly kind: "wrong-bytes" }
  /** Content-Length says this many bytes more than there are. */
  | { readonly kind: "wrong-length"; readonly by: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** A captive portal: 200 and a page for people. */
  | { readonly kind: "html" }
  | { readonly kind: "redirect"; readonly to: string }
  /** Another answer than the honest one, 200 unless it says otherwise. */
  | {
      readonly kind: "answer";
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The honest answer with these headers besides or instead. */
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  /** No answer at all. */
  | { readonly kind: "hang" }
  /** No answer either, and the connection is gone. */
  | { readonly kind: "drop" }
  /** So many bytes of the body at a time, each after so many milliseconds. */
  | { readonly kind: "trickle"; readonly ms: number; readonly bytes: number }
  /** A body that never ends. */
  | { readonly kind: "endless" };

export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  /** Its Authorization header. */
  readonly authorization?: string | undefined;
  /** How many requests with this method and path came before it. */
  readonly earlier: number;
}

/** Decides for each request what goes wrong with it, if anything. */
export type FaultPlan = (request: FaultRequest) => Fault | undefined;

/** The first plan that has something decides. */
export function anyFault(...plans: readonly FaultPlan[]): FaultPlan {
  return (request) => {
    for (const plan of plans) {
      const fault = plan(request);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** The first `times` requests whose "METHOD path" matches fail so; every one unless given. */
export function faultOn(pattern: RegExp, fault: Fault, times = Number.POSITIVE_INFINITY): FaultPlan {
  let count = 0;
  return ({ method, path }) => {
    if (!pattern.test(`${method} ${path}`) || count >= times) return undefined;
    count += 1;
    return fault;
  };
}

/** What the answer becomes, or undefined when the fault has dealt with the response itself. */
export async function applyFault(
  fault: Fault,
  answer: () => Promise<Answer>,
  { response, sleep }: { response: ServerResponse; sleep: (ms: number) => Promise<void> },
): Promise<Answer | undefined> {
  switch (fault.kind) {
    case "latency":
      await sleep(fault.ms);
      return await answer();
    case "status":
      return {
        status: fault.status,
        headers: fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter },
      };
    case "html":
      return {
        status: 200,
        headers: { "content-type": "text/html; charset=utf-8" },
        body: new TextEncoder().encode("<html><body>Please log in</body></html>"),
      };
    case "redirect":
      return { status: 307, headers: { location: fault.to } };
    case "answer":
      return {
        status: fault.status ?? 200,
        headers: { "content-type": "application/json", ...fault.headers },
        body: new TextEncoder().encode(fault.body),
      };
    case "headers": {
      const honest = await answer();
      return { ...honest, headers: { ...honest.headers, ...fault.headers } };
    }
    case "hang":
      return undefined;
    case "drop":
      response.destroy();
      return undefined;
    case "trickle": {
      const honest = await answer();
      return { ...honest, ...(honest.body === undefined ? {} : { body: trickled(honest.body, fault, sleep) }) };
    }
    case "endless":
      return { ...(await answer()), headers: {}, body: endless() };
    case "wrong-bytes": {
      const honest = await answer();
      return { ...honest, ...(honest.body === undefined ? {} : { body: flipped(honest.body) }) };
    }
    case "wrong-length": {
      const honest = await answer();
      // The connection ends after it: whoever believes the length finds out, instead of waiting.
      const length = Number(honest.headers?.["content-length"] ?? 0) + fault.by;
      return { ...honest, headers: { ...honest.headers, "content-length": String(length), connection: "close" } };
    }
    case "truncate":
    case "reset": {
      const honest = await answer();
      return { ...honest, ...(honest.body === undefined ? {} : { body: cut(honest.body, fault, response) }) };
    }
  }
}

async function* endless(): AsyncIterable<Uint8Array> {
  const chunk = Buffer.alloc(64 * 1024, 7);
  for (;;) {
    yield chunk;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* trickled(
  body: NonNullable<Answer["body"]>,
  { ms, bytes }: { ms: number; bytes: number },
  sleep: (ms: number) => Promise<void>,
): AsyncIterable<Uint8Array> {
  for await (const chunk of iterate(body)) {
    for (let start = 0; start < chunk.byteLength; start += bytes) {
      await sleep(ms);
      yield chunk.subarray(start, start + bytes);
    }
  }
}

async function* flipped(body: NonNullable<Answer["body"]>): AsyncIterable<Uint8Array> {
  let done = false;
  for await (const chunk of iterate(body)) {
    const copy = Buffer.from(chunk);
    if (!done && copy.byteLength > 0) {
      const middle = Math.floor(copy.byteLength / 2);
      copy[middle] = (copy[middle] ?? 0) ^ 1;
      done = true;
    }
    yield copy;
  }
}

async function* cut(
  body: NonNullable<Answer["body"]>,
  { kind, after }: { kind: "truncate" | "reset"; after: number },
  response: ServerResponse,
): AsyncIterable<Uint8Array> {
  let left = after;
  for await (const chunk of iterate(body)) {
    yield chunk.subarray(0, left);
    left -= chunk.byteLength;
    if (left > 0) continue;
    // What was written must have left the process before the connection goes.
    await new Promise<void>((resolve) => response.write("", () => resolve()));
    if (kind === "reset") response.socket?.resetAndDestroy();
    else response.socket?.destroySoon();
    return;
  }
}

async function* iterate(body: NonNullable<Answer["body"]>): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}
