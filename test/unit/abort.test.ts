import { once } from "node:events";
import { expect, test } from "vitest";
import { anyOf, timeoutAfter, unlessAborted } from "../../src/abort.ts";

const reason = new Error("the caller's own reason");
const YEAR_MS = 365 * 24 * 60 * 60_000;

test("work that nobody aborts is waited for", async () => {
  expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
  expect(await unlessAborted(Promise.resolve(1), new AbortController().signal)).toBe(1);
});

test("work that was given up is waited for no longer, and may fail unheard", async () => {
  const controller = new AbortController();
  const { promise: work, reject } = Promise.withResolvers<never>();
  const waiting = unlessAborted(work, controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  reject(new Error("later"));
  await expect(unlessAborted(Promise.resolve(1), AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("a time may be a fraction, over, or longer than any timer counts", async () => {
  const long = [YEAR_MS, 2 ** 32 - 1, Number.POSITIVE_INFINITY].map(timeoutAfter);
  for (const ms of [0.25, 0, -3]) await once(timeoutAfter(ms), "abort");
  // A timer that is set too high fires after a millisecond.
  await once(timeoutAfter(5), "abort");
  expect(long.map(({ aborted }) => aborted)).toEqual([false, false, false]);
});

test("any of several signals aborts, and those that are not there do not matter", () => {
  expect(anyOf(undefined, new AbortController().signal, AbortSignal.abort(reason)).reason).toBe(reason);
  expect(anyOf(undefined).aborted).toBe(false);
});
