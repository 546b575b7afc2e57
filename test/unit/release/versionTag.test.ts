import { describe, expect, test } from "vitest";
import { tagOfVersion, versionOfTag } from "../../../src/release/versionTag.ts";

describe("versionOfTag", () => {
  test.each([
    ["1.2.3", "1.2.3"],
    ["v1.2.3", "1.2.3"],
    ["0.0.0", "0.0.0"],
    ["1.4.0_7", "1.4.0+7"],
    ["v1.4.0-rc.1_build.5", "1.4.0-rc.1+build.5"],
    ["1.4.0+7", "1.4.0+7"],
    ["2.0.0-alpha", "2.0.0-alpha"],
    ["2.0.0-0.3.7", "2.0.0-0.3.7"],
    ["1.0.0-x-y-z.--", "1.0.0-x-y-z.--"],
  ])("takes the tag %s for version %s", (tag, version) => {
    expect(versionOfTag(tag)).toBe(version);
  });

  test.each([
    "",
    "v",
    "latest",
    "stable",
    "1",
    "1.2",
    "v1.2",
    "vv1.2.3",
    "V1.2.3",
    "=1.2.3",
    "v=1.2.3",
    "1.2.3.4",
    "1.2.3.sig",
    "01.2.3",
    "1.2.03",
    "1.2.3-01",
    "1.2.3-",
    "1.2.3_",
    "1.2.3_a_b",
    "1.2.3 ",
    " 1.2.3",
    "1.2.3\n",
    "99999999999999999999.0.0",
    "launcher-1.0.0",
    "channel-stable",
    "sha256-9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0",
    "sha256-9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0.sig",
  ])("takes %j for no version", (tag) => {
    expect(versionOfTag(tag)).toBeUndefined();
  });
});

describe("tagOfVersion", () => {
  test("writes a plus as an underscore, which a tag may hold", () => {
    expect(tagOfVersion("1.4.0-rc.1+build.5")).toBe("1.4.0-rc.1_build.5");
  });

  test("takes a version that just fits, and refuses one that is longer than a tag may be", () => {
    const longest = `1.0.0-${"a".repeat(122)}`;
    expect(tagOfVersion(longest)).toHaveLength(128);
    expect(() => tagOfVersion(`${longest}a`)).toThrow("longer than the 128 characters of a tag");
  });
});
