import { expect, test } from "vitest";
import type { LogEntry } from "../../../src/store/log.ts";
import { findPutOff } from "../../../src/update/putOff.ts";

const EARLIER = "2026-01-01T00:00:00.000Z";
const LATER = "2026-01-02T00:00:00.000Z";
const entry = (event: string, time = LATER, fields = {}): LogEntry => ({ time, event, fields });
const postponed = entry("update-postponed", LATER, { version: "1.2.0" });

test.each<[string, LogEntry[], (string | undefined)[], unknown]>([
  ["a version", [postponed], [EARLIER, undefined], { kind: "postponed", time: LATER, version: "1.2.0" }],
  ["an answer", [entry("update-postponed")], [EARLIER], { kind: "postponed", time: LATER, version: undefined }],
  ["a skipped one", [entry("update-skipped")], [], { kind: "skipped", time: LATER, version: undefined }],
  ["the last of several", [postponed, entry("update-skipped")], [], expect.objectContaining({ kind: "skipped" })],
  ["one before other news", [postponed, entry("candidates")], [], expect.objectContaining({ version: "1.2.0" })],
])("%s that nobody waited for is put off", (_, entries, since, expected) => {
  expect(findPutOff(entries, since)).toEqual(expected);
});

test.each<[string, LogEntry[], (string | undefined)[]]>([
  ["nothing was put off", [entry("activated")], []],
  ["a version was activated since", [entry("update-postponed", EARLIER)], [LATER]],
  ["a look came to an answer since", [entry("update-postponed", EARLIER)], [undefined, LATER]],
  ["the update failed since", [postponed, entry("update-failed")], []],
  ["the version failed since", [postponed, entry("quarantined")], []],
])("nothing is put off any more when %s", (_, entries, since) => {
  expect(findPutOff(entries, since)).toBeUndefined();
});
