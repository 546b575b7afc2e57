import { describe, expect, test } from "vitest";
import { explainNoVersion, orderTags, selectVersions, type VersionQuestion } from "../../../src/release/resolve.ts";
import { parseVersionRequest } from "../../../src/release/versionRequest.ts";

const TAGS = ["latest", "1.9.0", "1.10.0", "v1.2.0", "2.0.0-rc.1", "2.0.0-rc.2", "1.10.0.sig", "launcher-9.0.0", "1.2"];

function question(request: string, more: Partial<VersionQuestion> = {}): VersionQuestion {
  return { tags: TAGS, request: parseVersionRequest(request), prereleases: false, quarantined: [], ...more };
}

function versions(request: string, more: Partial<VersionQuestion> = {}): string[] {
  return selectVersions(question(request, more)).map(({ version }) => version);
}

describe("selectVersions", () => {
  test.each<[string, string, Partial<VersionQuestion>, string[]]>([
    ["orders by version, not by text", "latest", {}, ["1.10.0", "1.9.0", "1.2.0"]],
    [
      "lets pre-releases in when asked",
      "latest",
      { prereleases: true },
      ["2.0.0-rc.2", "2.0.0-rc.1", "1.10.0", "1.9.0", "1.2.0"],
    ],
    [
      "lets a channel's pre-releases in, and nobody else's",
      "latest",
      { prereleases: "beta", tags: [...TAGS, "2.0.0-beta.1", "2.1.0-beta", "2.1.0-alpha.1"] },
      ["2.1.0-beta", "2.0.0-beta.1", "1.10.0", "1.9.0", "1.2.0"],
    ],
    [
      "lets a channel's pre-releases into a range",
      "<2.1.0",
      { prereleases: "beta", tags: [...TAGS, "2.0.0-beta.1", "3.0.0-beta.1"], installed: "1.10.0" },
      ["2.0.0-beta.1", "1.10.0"],
    ],
    ["takes an exact version alone", "1.9.0", {}, ["1.9.0"]],
    ["takes an exact pre-release without being told to", "2.0.0-rc.1", {}, ["2.0.0-rc.1"]],
    ["finds an exact version by its v tag", "1.2.0", {}, ["1.2.0"]],
    ["has nothing for an exact version that is not there", "1.9.1", {}, []],
    ["takes a range", "^1.9", {}, ["1.10.0", "1.9.0"]],
    ["keeps pre-releases out of a range", "^2 || 1.x", {}, ["1.10.0", "1.9.0", "1.2.0"]],
    ["lets the pre-releases in that a range names", ">=2.0.0-rc.1", {}, ["2.0.0-rc.2", "2.0.0-rc.1"]],
    [
      "lets pre-releases into a range when asked",
      ">=1.10",
      { prereleases: true },
      ["2.0.0-rc.2", "2.0.0-rc.1", "1.10.0"],
    ],
    ["never goes lower than what is installed", "latest", { installed: "1.9.0" }, ["1.10.0", "1.9.0"]],
    ["has nothing when something newer than all is installed", "latest", { installed: "3.0.0" }, []],
    ["goes lower for an exact version", "1.2.0", { installed: "1.10.0" }, ["1.2.0"]],
    ["goes lower for a range without the installed one", "<1.10", { installed: "1.10.0" }, ["1.9.0", "1.2.0"]],
    ["does not go lower within a range that has the installed one", "1.x", { installed: "1.9.0" }, ["1.10.0", "1.9.0"]],
    [
      "keeps an installed pre-release though no others are wanted",
      "latest",
      { installed: "2.0.0-rc.1" },
      ["2.0.0-rc.1"],
    ],
    ["keeps an installed pre-release within a range", ">=1.9", { installed: "2.0.0-rc.1" }, ["2.0.0-rc.1"]],
    ["leaves quarantined versions out", "latest", { quarantined: ["1.10.0"] }, ["1.9.0", "1.2.0"]],
    ["leaves a quarantined version out when it is named", "1.9.0", { quarantined: ["1.9.0"] }, []],
    [
      "leaves a quarantined version out when it is installed",
      "latest",
      { installed: "1.9.0", quarantined: ["1.9.0"] },
      ["1.10.0"],
    ],
    ["has nothing for a digest, which is no version", `sha256:${"0".repeat(64)}`, {}, []],
    ["has nothing without tags", "latest", { tags: [] }, []],
  ])("%s", (_title, request, more, expected) => {
    expect(versions(request, more)).toEqual(expected);
  });

  test.each([[["1.2.3", "v1.2.3"]], [["v1.2.3", "1.2.3"]]])("takes %j for one version, by its plain tag", (tags) => {
    expect(selectVersions(question("latest", { tags }))).toEqual([{ version: "1.2.3", tag: "1.2.3" }]);
  });

  test("orders builds of one version, and gives the tag with an underscore", () => {
    const tags = ["1.4.0_2", "1.4.0_10", "1.4.0", "v1.4.0_7"];
    expect(selectVersions(question("latest", { tags })).map(({ tag }) => tag)).toEqual([
      "1.4.0_10",
      "v1.4.0_7",
      "1.4.0_2",
      "1.4.0",
    ]);
  });

  test("finds its way among 100,000 tags", () => {
    const tags = Array.from({ length: 100_000 }, (_, number) => `1.${number % 317}.${number}`);
    const found = selectVersions(question("latest", { tags, installed: "1.315.0" }));
    expect(found[0]).toEqual({ version: "1.316.99854", tag: "1.316.99854" });
    expect(found.at(-1)?.version).toBe("1.315.315");
  });
});

describe("explainNoVersion", () => {
  test.each<[string, VersionQuestion, string, string]>([
    ["no versions at all", question("latest", { tags: ["latest", "edge"] }), "no version tags", "ask the publisher"],
    [
      "only pre-releases",
      question("latest", { tags: ["2.0.0-rc.1", "2.0.0-rc.2"] }),
      "there are only pre-releases for latest: 2.0.0-rc.2, 2.0.0-rc.1",
      "Choose their channel",
    ],
    [
      "only pre-releases in the range, with older versions outside of it",
      question("^2"),
      "there are only pre-releases for ^2: 2.0.0-rc.2, 2.0.0-rc.1",
      "Choose their channel",
    ],
    [
      "nothing in the range",
      question("^3"),
      "there is no version ^3; the newest are 2.0.0-rc.2, 2.0.0-rc.1, 1.10.0",
      "latest",
    ],
    [
      "quarantined",
      question("1.9.0", { quarantined: ["1.9.0"] }),
      "version 1.9.0 is left out: it did not run on this computer, or you went back",
      "--launcher update",
    ],
    [
      "all older",
      question("latest", { tags: ["1.0.0"], installed: "3.0.0" }),
      "not older than 3.0.0, which is installed: 1.0.0",
      "name one",
    ],
  ])("tells of %s", (_title, asked, message, hint) => {
    const error = explainNoVersion(asked);
    expect(error.code).toBe("not-found");
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test("names five versions of many", () => {
    const tags = Array.from({ length: 40 }, (_, number) => `1.0.${number}`);
    expect(explainNoVersion(question("^2", { tags })).message).toMatch(
      /1\.0\.39, 1\.0\.38, 1\.0\.37, 1\.0\.36, 1\.0\.35, \.\.\.$/,
    );
  });
});

describe("orderTags", () => {
  test("puts versions first, the newest at the top, then the others by name", () => {
    expect(orderTags(["latest", "1.9.0", "edge", "1.10.0"])).toEqual(["1.10.0", "1.9.0", "edge", "latest"]);
  });
});
