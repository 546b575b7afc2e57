import { expect, test, vi } from "vitest";
import { findExecve } from "../../../src/launch/execve.ts";

function handle(internal: unknown) {
  const calls: unknown[][] = [];
  const it = {
    calls,
    warned: vi.fn<() => void>(),
    emitWarning: undefined as unknown,
    execve: (...args: unknown[]) => void calls.push(["process.execve", ...args]),
    getBuiltinModule(id: string): unknown {
      expect(id).toBe("internal/test/binding");
      // Node warns of it as it loads it.
      (it.emitWarning as () => void)();
      return internal === undefined ? undefined : { internalBinding: () => internal };
    },
  };
  it.emitWarning = it.warned;
  return it;
}

test("takes the system call itself where Node gives it, with variables as the system knows them", () => {
  const calls: unknown[][] = [];
  const it = handle({ execve: (...args: unknown[]) => void calls.push(args) });
  findExecve(it)?.("/bin/sh", ["sh", ""], { HOME: "/home/me", EMPTY: "", LINES: "a=b\nc" });
  expect(calls).toEqual([["/bin/sh", ["sh", ""], ["HOME=/home/me", "EMPTY=", "LINES=a=b\nc"]]]);
  expect(it.calls).toEqual([]);
});

test.each([
  ["that has no such module", undefined],
  ["whose module has no such call", {}],
])("takes the public one in a Node %s", (_, internal) => {
  const it = handle(internal);
  findExecve(it)?.("/bin/sh", ["sh"], { A: "1" });
  expect(it.calls).toEqual([["process.execve", "/bin/sh", ["sh"], { A: "1" }]]);
});

test("nobody hears that a module is internal, and warnings are heard again afterwards", () => {
  const it = handle({ execve: () => undefined });
  findExecve(it);
  expect(it.warned).not.toHaveBeenCalled();
  expect(it.emitWarning).toBe(it.warned);
});

test("there is none on a system that cannot replace a process", () => {
  const { execve: _, ...windows } = handle({ execve: () => undefined });
  expect(findExecve(windows)).toBeUndefined();
});
