import { describe, expect, test } from "vitest";
import { selectLaunchers, tagOfLauncher } from "../../../src/release/launcherTag.ts";

describe("launchers among a repository's tags", () => {
  const select = (tags: readonly string[], newerThan: string, prereleases = false): string[] =>
    selectLaunchers(tags, { newerThan, prereleases }).map(({ tag }) => tag);

  test.each([
    [
      "are those that are newer, newest first",
      ["launcher-1.1.0", "launcher-2.0.0", "launcher-1.0.0"],
      "1.0.0",
      ["launcher-2.0.0", "launcher-1.1.0"],
    ],
    ["are none when there is nothing newer", ["launcher-1.0.0", "launcher-0.9.0"], "1.0.0", []],
    [
      "are not the program's versions, nor other tags",
      ["2.0.0", "launcher-", "launcher-latest", "my-launcher-3.0.0"],
      "1.0.0",
      [],
    ],
    ["may differ by their build alone", ["launcher-1.0.0_2", "launcher-1.0.0_1"], "1.0.0+1", ["launcher-1.0.0_2"]],
    ["leave out pre-releases", ["launcher-2.0.0-rc.1"], "1.0.0", []],
  ])("%s", (_, tags, newerThan, expected) => expect(select(tags, newerThan)).toEqual(expected));

  test("have pre-releases for those who want them", () => {
    expect(select(["launcher-2.0.0-rc.1"], "1.0.0", true)).toEqual(["launcher-2.0.0-rc.1"]);
  });

  test("are found again under the tag that they get", () => {
    expect(tagOfLauncher("1.2.0+3")).toBe("launcher-1.2.0_3");
    expect(select([tagOfLauncher("1.2.0+3")], "1.0.0")).toEqual(["launcher-1.2.0_3"]);
  });
});
