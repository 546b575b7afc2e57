import { anyFault, faultOn } from "../../../src/server/registry/faults.ts";
import { BLOB, fault, INDEX, PLATFORM, registry, TAGS } from "../../support/world.ts";
import { type FaultCase, refused } from "./faultCase.ts";

const HANG = { kind: "hang" } as const;
// The first start waits longer than the second may.
const SHORT = { timeout: "10s" };
const cut = (after: number) => ({ kind: "truncate", after }) as const;
const reset = (after: number) => ({ kind: "reset", after }) as const;

const tooLate = refused(69, "it did not answer in time", "Check your network connection, then try again.");
const wasCut = refused(69, "the connection was cut", "Try again; a proxy or firewall may be in between.");

/** Networks that are slow, silent or broken. */
export const LINES: readonly FaultCase[] = [
  {
    name: "tags that come a little late",
    open: fault(TAGS, { kind: "latency", ms: 100 }),
    first: "runs",
    later: "updates",
  },
  {
    name: "a program that comes a little late",
    open: fault(BLOB, { kind: "latency", ms: 100 }),
    first: "runs",
    later: "updates",
  },
  {
    name: "tags that come later than a start waits",
    open: fault(TAGS, { kind: "latency", ms: 1000 }, SHORT),
    first: "runs",
    later: "goes on behind",
  },
  {
    name: "a program that comes later than a start waits",
    open: fault(BLOB, { kind: "latency", ms: 1000 }, SHORT),
    first: "runs",
    later: "goes on behind",
  },
  { name: "tags that never come", open: fault(TAGS, HANG, SHORT), first: tooLate, later: "goes on behind" },
  { name: "an index that never comes", open: fault(INDEX, HANG, SHORT), first: tooLate, later: "goes on behind" },
  { name: "a manifest that never comes", open: fault(PLATFORM, HANG, SHORT), first: tooLate, later: "goes on behind" },
  { name: "a program that never comes", open: fault(BLOB, HANG, SHORT), first: tooLate, later: "goes on behind" },
  {
    name: "a program that comes to its middle and never any further",
    open: registry(() => anyFault(faultOn(BLOB, cut(400), 1), faultOn(BLOB, HANG)), SHORT),
    first: { ...tooLate, kept: ["partial"] },
    later: "goes on behind",
  },
  {
    name: "tags that trickle",
    open: fault(TAGS, { kind: "trickle", ms: 120, bytes: 1 }, SHORT),
    first: tooLate,
    later: "goes on behind",
  },
  {
    name: "a program that trickles",
    open: fault(BLOB, { kind: "trickle", ms: 40, bytes: 100 }, SHORT),
    first: "runs",
    later: "goes on behind",
  },
  { name: "tags that are cut once", open: fault(TAGS, cut(10), { times: 1 }), first: "runs", later: "updates" },
  { name: "an index that is reset once", open: fault(INDEX, reset(40), { times: 1 }), first: "runs", later: "updates" },
  {
    name: "a manifest that is cut once",
    open: fault(PLATFORM, cut(40), { times: 1 }),
    first: "runs",
    later: "updates",
  },
  { name: "a program that is reset once", open: fault(BLOB, reset(40), { times: 1 }), first: "runs", later: "updates" },
  {
    name: "a program of which each connection brings a bit",
    open: fault(BLOB, cut(400)),
    first: "runs",
    later: "updates",
  },
  { name: "tags that are always cut", open: fault(TAGS, cut(10)), first: wasCut, later: "runs the old" },
  { name: "an index that is always cut", open: fault(INDEX, cut(40)), first: wasCut, later: "runs the old" },
  { name: "a manifest that is always reset", open: fault(PLATFORM, reset(40)), first: wasCut, later: "runs the old" },
  {
    name: "a program that is always reset before its first byte",
    open: fault(BLOB, reset(0)),
    first: wasCut,
    later: "runs the old and says so",
  },
  {
    name: "a program that comes to its middle before the server is gone",
    open: registry(() => anyFault(faultOn(BLOB, cut(400), 1), faultOn(BLOB, { kind: "drop" }))),
    first: { ...wasCut, kept: ["partial"] },
    later: "runs the old and says so",
  },
  ...[
    { status: 400, cause: "answered 400" },
    { status: 416, cause: "wrong size: expected " },
  ].map(({ status, cause }): FaultCase => ({
    name: `a program that comes to its middle before the server answers ${status}`,
    open: registry(() => anyFault(faultOn(BLOB, cut(400), 1), faultOn(BLOB, { kind: "status", status }))),
    first: refused(65, cause, "", { kept: ["partial"] }),
    later: "runs the old and says so",
  })),
  {
    name: "a server that hangs up twice before it answers",
    open: fault(TAGS, { kind: "drop" }, { times: 2 }),
    first: "runs",
    later: "updates",
  },
  {
    name: "a server that always hangs up before it answers",
    open: fault(TAGS, { kind: "drop" }),
    first: wasCut,
    later: "runs the old",
  },
  {
    name: "a server that always hangs up when the program is asked for",
    open: fault(BLOB, { kind: "drop" }),
    first: wasCut,
    later: "runs the old and says so",
  },
];
