import type { RepositoryContext } from "../../src/registry/context.ts";
import type { HttpResponse } from "../../src/registry/exchange.ts";
import { openLanes } from "../../src/registry/ranges/lanes.ts";
import { RegistryError } from "../../src/registry/registryError.ts";
import { errorOf, type RegistryRequest } from "../../src/registry/requester.ts";
import { openRetries } from "../../src/registry/retry.ts";
import { contentOf } from "../../src/oci/storage.ts";

/** How one request is answered, where that is not as a good registry does it. */
export interface Misbehaviour {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** No answer at all: as if nobody listened. */
  readonly refused?: boolean;
  /** No answer, and no refusal either. */
  readonly silent?: boolean;
  /** The connection breaks after so many bytes. */
  readonly breaksAfter?: number;
  /** The bytes are those of a place so much further on. */
  readonly shift?: number;
  /** An error that the transport throws. */
  readonly error?: (url: URL) => Error;
}

export interface Asked {
  /** Counts requests, from 0. */
  readonly index: number;
  /** The header, as it was sent. */
  readonly range: string | undefined;
  /** Whether it asks for a part with an end. */
  readonly part: boolean;
}

/** One answer on its way. */
export interface Line extends Asked {
  /** Bytes that have not been sent yet. */
  left(): number;
  send(bytes: number): void;
}

export interface SimulatedRegistry {
  readonly context: RepositoryContext;
  readonly requests: readonly Asked[];
  /** Milliseconds of each wait between requests. */
  readonly pauses: readonly number[];
  /** Answers that are on their way and that somebody still reads, in the order of their requests. */
  lines(): readonly Line[];
  /** The most of them that there were at once. */
  mostLines(): number;
  advance(ms: number): void;
  now(): number;
}

/** A registry with one blob and no network: bytes come, and time passes, when the test says so. */
export function simulateRegistry(
  bytes: Buffer,
  misbehave: (asked: Asked) => Misbehaviour | undefined = () => undefined,
): SimulatedRegistry {
  const requests: Asked[] = [];
  const open: Line[] = [];
  const pauses: number[] = [];
  let now = 0;
  let most = 0;

  const send = async (request: RegistryRequest): Promise<HttpResponse> => {
    const { url, signal } = request;
    signal?.throwIfAborted();
    const range = request.headers?.["range"];
    const asked: Asked = { index: requests.length, range, part: /-\d+$/.test(range ?? "") };
    requests.push(asked);
    const how = misbehave(asked) ?? {};
    if (how.error !== undefined) throw how.error(url);
    if (how.refused === true) throw cut(url, "refused");
    if (how.silent === true) await untilAborted(signal);
    const [, from = "0", to = String(bytes.byteLength - 1)] = /^bytes=(\d+)-(\d+)?$/.exec(range ?? "") ?? [];
    const status = how.status ?? (range === undefined ? 200 : 206);
    const start = status === 206 ? Number(from) : 0;
    const end = status === 206 ? Number(to) + 1 : bytes.byteLength;
    const headers: Record<string, string> = {
      etag: '"blob"',
      ...(status === 206 ? { "content-range": `bytes ${from}-${to}/${bytes.byteLength}` } : {}),
      ...how.headers,
    };
    const shift = how.shift ?? 0;
    const content = status < 300 ? bytes.subarray(start + shift, end + shift) : Buffer.from("{}");
    const body = status < 300 ? flow(asked, content, { how, url, signal }) : contentOf(content)(0);
    return {
      status,
      url,
      header: (name) => headers[name],
      body,
      bytes: async () => content,
      text: async () => String(content),
      discard: async () => void (await body[Symbol.asyncIterator]().return?.()),
    };
  };

  function flow(
    asked: Asked,
    content: Buffer,
    { how, url, signal }: { how: Misbehaviour; url: URL; signal: AbortSignal | undefined },
  ): AsyncIterable<Uint8Array> {
    const waiting: Uint8Array[] = [];
    const breaksAt = Math.min(how.breaksAfter ?? Number.POSITIVE_INFINITY, content.byteLength);
    let sent = 0;
    let gone = false;
    let wake = (): void => undefined;
    const line: Line = {
      ...asked,
      left: () => breaksAt - sent,
      send(count) {
        const chunk = content.subarray(sent, Math.min(sent + count, breaksAt));
        sent += chunk.byteLength;
        if (chunk.byteLength > 0) waiting.push(chunk);
        if (sent === breaksAt) leave();
        wake();
      },
    };
    const leave = (): void => {
      if (open.includes(line)) open.splice(open.indexOf(line), 1);
    };
    open.push(line);
    most = Math.max(most, open.length);
    const onAbort = (): void => {
      gone = true;
      leave();
      wake();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    if (breaksAt === 0) leave();
    return {
      [Symbol.asyncIterator]: () => ({
        async next() {
          for (;;) {
            if (gone) throw signal?.aborted === true ? signal.reason : cut(url, "closed");
            const chunk = waiting.shift();
            if (chunk !== undefined) return { done: false, value: chunk };
            if (sent === content.byteLength) return { done: true, value: undefined };
            if (sent === breaksAt) throw cut(url, "cut");
            await new Promise<void>((resolve) => (wake = resolve));
          }
        },
        async return() {
          leave();
          signal?.removeEventListener("abort", onAbort);
          return { done: true, value: undefined };
        },
      }),
    };
  }

  return {
    requests,
    pauses,
    lines: () => [...open],
    mostLines: () => most,
    advance: (ms) => void (now += ms),
    now: () => now,
    context: {
      repository: { host: "registry.example", name: "example/app" },
      origin: { protocol: "https:", host: "registry.example" },
      requester: {
        send,
        async expect(request, statuses) {
          const response = await send(request);
          if (statuses.includes(response.status)) return response;
          throw await errorOf(request.method, response);
        },
      },
      retries: openRetries({ random: () => 0, sleep: async (ms) => void pauses.push(ms) }),
      clock: () => now,
      lanes: openLanes(),
      pieced: new Set(),
    },
  };
}

/** Has the test bring something, again and again, until the work is done, one way or the other. */
export async function drive<Value>(work: Promise<Value>, bring: (step: number) => void): Promise<Value> {
  const state = { over: false };
  const end = (): void => void (state.over = true);
  work.then(end, end);
  await settle();
  for (let step = 0; !state.over; step += 1) {
    if (step > 50_000) throw new Error("it does not end");
    bring(step);
    await settle();
  }
  return await work;
}

/** Lets everything happen that can happen without a byte more. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function cut(url: URL, why: string): RegistryError {
  return new RegistryError("unavailable", `cannot reach ${url.host}: ${why}`, { method: "GET", url });
}

async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise<never>((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
