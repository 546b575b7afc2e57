import { expect, test } from "vitest";
import { explainOmissions } from "../../../src/release/omissions.ts";
import { parseVersionRequest } from "../../../src/release/versionRequest.ts";

const TAGS = ["0.9.0", "1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1", "latest"];
const base = { tags: TAGS, installed: "1.0.0", prereleases: false, quarantined: ["1.2.0"] };

test("what is newer and not taken has its reason, the newest first", () => {
  expect(explainOmissions({ ...base, request: { kind: "latest" } })).toEqual([
    { version: "2.0.0-rc.1", reason: "it is a pre-release" },
    { version: "1.2.0", reason: "it did not run on this computer, or you went back" },
  ]);
});

test("a pin leaves all others out", () => {
  expect(explainOmissions({ ...base, quarantined: [], request: parseVersionRequest("1.0.0") })).toEqual(
    ["2.0.0-rc.1", "1.2.0", "1.1.0"].map((version) => ({ version, reason: "another version is asked for" })),
  );
});
