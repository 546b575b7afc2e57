import { describe, expect, test } from "vitest";
import { composeCodeResources } from "../../../../src/packaging/mac/codeResources.ts";
import { hasProgram } from "../../../support/peer.ts";
import { readWithPython } from "../../../support/propertyList.ts";

const file = (path: string, byte: number) => ({
  path,
  sha1: Buffer.alloc(20, byte),
  sha256: Buffer.alloc(32, byte),
});

describe("a seal", () => {
  const text = composeCodeResources([file("Resources/b <&>", 2), file("Resources/a", 1), file("MacOS/helper", 3)]);

  test("names files in the same order, however they are given", () => {
    expect([...text.matchAll(/<key>((?:MacOS|Resources)\/[^<]*)</g)].map(([, key]) => key)).toEqual([
      "Resources/a",
      "Resources/b &lt;&amp;&gt;",
      "MacOS/helper",
      "Resources/a",
      "Resources/b &lt;&amp;&gt;",
    ]);
  });

  test("has weights as reals, as codesign writes them", () => {
    expect(text).not.toContain("<integer>");
    expect(text.match(/<real>\d+<\/real>/g)).toHaveLength(15);
  });

  test.skipIf(!hasProgram("python3"))("has both hashes for systems of today, and one for those of old", () => {
    const { files, files2, rules, rules2 } = readWithPython(text) as Record<string, Record<string, unknown>>;
    const [one, two, three] = ["01", "02", "03"] as const;
    expect(files).toEqual({ "Resources/a": one.repeat(20), "Resources/b <&>": two.repeat(20) });
    expect(files2).toEqual({
      "MacOS/helper": { hash: three.repeat(20), hash2: three.repeat(32) },
      "Resources/a": { hash: one.repeat(20), hash2: one.repeat(32) },
      "Resources/b <&>": { hash: two.repeat(20), hash2: two.repeat(32) },
    });
    expect(rules).toMatchObject({ "^Resources/": true, "^version.plist$": true });
    expect(rules2).toMatchObject({ "^.*": true, "^Info\\.plist$": { omit: true, weight: 20 } });
    expect(Object.keys(rules2!)).toHaveLength(13);
  });
});
