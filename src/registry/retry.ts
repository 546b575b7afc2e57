import { setTimeout as delay } from "node:timers/promises";
import { abortError } from "./abortError.ts";
import { RegistryError } from "./registryError.ts";
import { formatWait, loginHost } from "./statusError.ts";
import type { HttpRequest, HttpResponse } from "./exchange.ts";

export interface RetryOptions {
  readonly retries?: {
    /** All tries together, default 4. */
    readonly attempts?: number;
    /** Milliseconds before the second try, default 250; it doubles from there. */
    readonly baseDelay?: number;
    /** Milliseconds, default 10,000. A server that asks for more is not waited for. */
    readonly maxDelay?: number;
  };
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

// RFC 6585 section 4.
const LIMITED = 429;
const RETRIED: ReadonlySet<number> = new Set([408, LIMITED, 500, 502, 503, 504]);

export interface Retries {
  run(request: HttpRequest, attempt: () => Promise<HttpResponse>): Promise<HttpResponse>;
  /** Waits after failure number `attempt` (from 1) of the request, unless its signal aborts. */
  pause(attempt: number, request: Waiting): Promise<void>;
  /** Waits so many milliseconds, unless the request's signal aborts. */
  rest(ms: number, request: Waiting): Promise<void>;
  readonly attempts: number;
}

export type Waiting = Pick<HttpRequest, "method" | "url" | "signal">;

export function openRetries(options: RetryOptions): Retries {
  const { attempts = 4, baseDelay = 250, maxDelay = 10_000 } = options.retries ?? {};
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? sleepFor;

  // Half fixed, half random: many clients that failed together do not come back together.
  const backOff = (attempt: number): number =>
    Math.min(maxDelay, baseDelay * 2 ** (attempt - 1)) * (0.5 + random() / 2);

  const wait = async (ms: number, { method, url, signal }: Waiting): Promise<void> => {
    try {
      await sleep(ms, signal);
    } catch (error) {
      throw signal?.aborted === true ? abortError(signal, method, url) : error;
    }
  };

  return {
    attempts,
    rest: wait,

    async pause(attempt, request) {
      await wait(backOff(attempt), request);
    },

    async run(request, attemptOnce) {
      const harmless = request.retry ?? (request.method !== "POST" && request.method !== "PATCH");
      for (let attempt = 1; ; attempt += 1) {
        const last = attempt >= attempts || !harmless;
        let ms = backOff(attempt);
        try {
          const response = await attemptOnce();
          if (!RETRIED.has(response.status)) return response;
          const asked = parseRetryAfter(response.header("retry-after"), now());
          if (asked !== undefined && asked > maxDelay) {
            await response.discard();
            throw comeBackLater(request, response.status, asked);
          }
          if (last) return response;
          await response.discard();
          ms = asked ?? ms;
        } catch (error) {
          if (
            last ||
            !(error instanceof RegistryError) ||
            error.status !== undefined ||
            request.signal?.aborted === true
          )
            throw error;
          if (error.code !== "unavailable" || error.unreachable) throw error;
        }
        await wait(ms, request);
      }
    },
  };
}

/** Milliseconds to wait, from seconds or a date (RFC 9110 section 10.2.3). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function comeBackLater({ method, url }: HttpRequest, status: number, ms: number): RegistryError {
  const when = formatWait(ms / 1000);
  return new RegistryError("temporary", `${url.host} answered ${status} and asks to come back in ${when}`, {
    method,
    url,
    status,
    retryAfter: ms,
    hint: `Try again in ${when}.${status === LIMITED ? " Registries give more to those who log in." : ""}`,
    remedy: status === LIMITED ? { kind: "login", host: loginHost(url) } : undefined,
  });
}

async function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
}
