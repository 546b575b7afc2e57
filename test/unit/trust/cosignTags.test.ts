import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { cosignTag, openCosignTags } from "../../../src/trust/cosignTags.ts";

const tagOf = (number: number): string => cosignTag(digestOf(Buffer.from(String(number))));

describe("the tags of cosign's", () => {
  test("are known by what they are of, and the two of one manifest apart", () => {
    const tags = openCosignTags();
    const [signature, bundle] = [tagOf(1), tagOf(2).replace(".sig", "")];
    for (const tag of [signature, bundle, "1.0.0", "latest"]) tags.add(tag);
    expect([signature, bundle].map((tag) => tags.has(tag))).toEqual([true, true]);
    const others = [tagOf(2), tagOf(1).replace(".sig", ""), tagOf(3), "1.0.0", "sha256-abc", `${signature}.sig`];
    expect(others.map((tag) => tags.has(tag))).toEqual(others.map(() => false));
  });

  test("are all known among many, and others hardly ever taken for them", () => {
    const tags = openCosignTags();
    const numbers = Array.from({ length: 20_000 }, (_, index) => index);
    for (const number of numbers) tags.add(tagOf(number));
    expect(numbers.every((number) => tags.has(tagOf(number)))).toBe(true);
    // One in 840.
    expect(numbers.filter((number) => tags.has(tagOf(number + numbers.length))).length).toBeLessThan(60);
  });
});
