import { expect, test } from "vitest";
import { judgeFirstRun, PROBATION_MS } from "../../../src/launch/probation.ts";
import type { RunResult } from "../../../src/launch/runProgram.ts";

test.each([
  ["ends well", { kind: "exited", code: 0 }, 5, "confirmed"],
  ["ends with a code of its own choice", { kind: "exited", code: 134 }, 5, "confirmed"],
  ["was ended by the person", { kind: "signaled", signal: "SIGTERM" }, 5, "confirmed"],
  ["was killed from outside", { kind: "signaled", signal: "SIGKILL" }, 5, "confirmed"],
  ["crashes", { kind: "signaled", signal: "SIGSEGV" }, 5, "failed"],
  ["aborts", { kind: "signaled", signal: "SIGABRT" }, PROBATION_MS - 1, "failed"],
  ["crashes much later", { kind: "signaled", signal: "SIGSEGV" }, PROBATION_MS, "confirmed"],
  ["cannot be started", { kind: "not-started", reason: "ENOENT" }, 0, "failed"],
  ["ends with a Windows exception", { kind: "exited", code: 0xc0000005 }, 5, "failed"],
  ["ends with one as a negative number", { kind: "exited", code: -1073741515 }, 5, "failed"],
  ["was ended with Ctrl-C on Windows", { kind: "exited", code: 0xc000013a }, 5, "confirmed"],
] as const)("a first run that %s", (_, result, ranFor, expected) => {
  expect(judgeFirstRun(result as RunResult, ranFor).kind).toBe(expected);
});
