import { expect, test } from "vitest";
import { type FirstRun, judgeFirstRun, PROBATION_MS } from "../../../src/launch/probation.ts";

const exited = (code: number) => ({ kind: "exited", code }) as const;
const signaled = (signal: NodeJS.Signals) => ({ kind: "signaled", signal }) as const;
const notStarted = { kind: "not-started", reason: "spawn ENOENT", code: "ENOENT" } as const;
const missing = "libfoo.so.1: cannot open shared object file";

test.each<[string, Partial<FirstRun> & Pick<FirstRun, "result">, string | undefined]>([
  ["ends well", { result: exited(0) }, undefined],
  ["ends with a code of its own choice", { result: exited(134) }, undefined],
  ["was ended by the person", { result: signaled("SIGTERM") }, undefined],
  ["was killed from outside", { result: signaled("SIGKILL") }, undefined],
  ["crashes", { result: signaled("SIGSEGV") }, "it crashed (SIGSEGV)"],
  ["aborts", { result: signaled("SIGABRT"), ranFor: PROBATION_MS - 1 }, "it crashed (SIGABRT)"],
  ["crashes much later", { result: signaled("SIGSEGV"), ranFor: PROBATION_MS }, undefined],
  ["crashes after it said that it is ready", { result: signaled("SIGSEGV"), ready: true }, undefined],
  ["cannot be started", { result: notStarted }, "it could not be started: spawn ENOENT"],
  [
    "cannot be started, long after somebody tried",
    { result: notStarted, ranFor: PROBATION_MS },
    "it could not be started: spawn ENOENT",
  ],
  ["lacks a library", { result: exited(127), missing }, `it could not be started: ${missing}`],
  ["lacks a library that it loads when it is ready", { result: exited(127), missing, ready: true }, undefined],
  ["ends with a Windows exception", { result: exited(0xc0000005) }, "it crashed (0xc0000005)"],
  ["ends with one as a negative number", { result: exited(-1073741515) }, "it crashed (0xc0000135)"],
  ["ends with one after it said that it is ready", { result: exited(0xc0000005), ready: true }, undefined],
  ["ends with a breakpoint that no debugger catches", { result: exited(0x80000003) }, "it crashed (0x80000003)"],
  ["was ended with Ctrl-C on Windows", { result: exited(0xc000013a) }, undefined],
  ["ends with -1 on Windows", { result: exited(0xffffffff) }, undefined],
  ["ends with -1 as a negative number", { result: exited(-1) }, undefined],
  ["ends with a failed HRESULT of its choice", { result: exited(0x80004005) }, undefined],
])("a first run that %s", (_, run, reason) => {
  const verdict = judgeFirstRun({ ranFor: 5, ready: false, ...run });
  expect([verdict.kind, verdict.kind === "failed" ? verdict.reason : ""]).toEqual([
    reason === undefined ? "confirmed" : "failed",
    reason ?? "",
  ]);
});

test.each(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "E2BIG", "ENAMETOOLONG"])(
  "a computer that is short of something (%s) says nothing",
  (code) => {
    const result = { kind: "not-started", reason: `spawn ${code}`, code } as const;
    expect(judgeFirstRun({ result, ranFor: 0, ready: false })).toMatchObject({ kind: "undecided" });
  },
);
