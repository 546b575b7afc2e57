import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openMemory } from "../../src/oci/memory.ts";
import type { TaggedStorage } from "../../src/oci/storage.ts";
import { versionOfLauncherTag } from "../../src/release/launcherTag.ts";
import { explainNoVersion, selectVersions, type VersionQuestion } from "../../src/release/resolve.ts";
import { parseVersionRequest } from "../../src/release/versionRequest.ts";
import { tagOfVersion } from "../../src/release/versionTag.ts";
import { newerLaunchers } from "../../src/update/findLauncher.ts";
import { listNeededTags, MAX_LAUNCHERS } from "../../src/update/neededTags.ts";

// So few numbers that much of it is equal, and some of two digits, whose order by name is another one.
const number = fc.constantFrom(0, 1, 2, 9, 10, 11);
const version = fc
  .tuple(
    number,
    number,
    fc.constantFrom(0, 1),
    fc.constantFrom("", "", "", "-rc.1", "-beta.2", "-beta.10"),
    fc.constantFrom("", "", "", "+1", "+01", "+a"),
  )
  .map(([a, b, c, pre, build]) => `${a}.${b}.${c}${pre}${build}`);
const versionTag = fc.tuple(fc.constantFrom("", "", "v"), version).map(([v, text]) => `${v}${tagOfVersion(text)}`);
const launcherTag = versionTag.map((tag) => `launcher-${tag}`);
const otherTag = fc.constantFrom("latest", "1.2", "v2", "01.0.0", "channel-stable", "99", "9.9.9.9", "launcher-x");
const tag = fc.oneof(
  { weight: 8, arbitrary: versionTag },
  { weight: 3, arbitrary: launcherTag },
  { weight: 1, arbitrary: otherTag },
);

/** All tags, and the same in another order, on pages of which some are empty, some of them more than once. */
const repository = fc
  .array(tag, { maxLength: 300, size: "max" })
  .chain((all) =>
    fc.tuple(
      fc.constant([...new Set(all)]),
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.array(fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 120 })), { minLength: 1, maxLength: 8, size: "max" }),
    ),
  )
  .map(([all, shuffled, lengths]) => {
    const pages: string[][] = [];
    let from = 0;
    for (const length of lengths) {
      pages.push(shuffled.slice(from, from + length));
      from += length;
    }
    return { all, pages: [...pages, shuffled.slice(from), shuffled.slice(0, 7)] };
  });

const question: fc.Arbitrary<Omit<VersionQuestion, "tags">> = fc.record(
  {
    request: fc.oneof(
      fc.constantFrom("latest", "^1", "~9.1", ">=10.0.0-rc.1", "<0.0.1", ">=12", "*").map(parseVersionRequest),
      version.map((text) => ({ kind: "exact" as const, version: text })),
    ),
    prereleases: fc.constantFrom(true, false, "beta"),
    installed: version,
    quarantined: fc.array(version, { maxLength: 5 }),
  },
  { requiredKeys: ["request", "prereleases", "quarantined"] },
);

const SIGNAL = new AbortController().signal;

async function* inParts(pages: readonly (readonly string[])[]): AsyncIterable<readonly string[]> {
  yield* pages;
}

const pagedStorage = (pages: readonly (readonly string[])[]): TaggedStorage => ({
  ...openMemory(),
  tagPages: () => inParts(pages),
});

test("the tags that are kept have the same versions chosen as all of them, and the same said where there are none", async () => {
  await fc.assert(
    fc.asyncProperty(repository, question, fc.integer({ min: 1, max: 20 }), async ({ all, pages }, asked, most) => {
      const { prereleases } = asked;
      const needs = { versions: { question: asked, most }, prereleases, channel: "stable", keyring: undefined };
      const { tags, listed } = await listNeededTags(pagedStorage(pages), needs, SIGNAL);
      expect(listed).toBe(pages.flat().length);
      const whole = selectVersions({ ...asked, tags: all });
      expect(selectVersions({ ...asked, tags }).slice(0, most)).toEqual(whole.slice(0, most));
      if (whole.length > 0) return;
      const [said, expected] = [tags, all].map((some) => explainNoVersion({ ...asked, tags: some }));
      expect([said?.message, said?.hint]).toEqual([expected?.message, expected?.hint]);
    }),
    { numRuns: 500 },
  );
}, 60_000);

test("the tags that are kept tell of the same launchers as all of them", async () => {
  const asking = fc.record({ installed: version, leftOut: fc.option(version, { nil: undefined }) });
  const prerelease = fc.constantFrom(true, false, "beta");
  await fc.assert(
    fc.asyncProperty(repository, asking, prerelease, async ({ all, pages }, asked, prereleases) => {
      const needs = { versions: undefined, prereleases, channel: "stable", keyring: undefined };
      const { tags } = await listNeededTags(pagedStorage(pages), needs, SIGNAL);
      expect(tags.length).toBeLessThan(20);
      expect(tags.includes("channel-stable")).toBe(all.includes("channel-stable"));
      // Of two tags of one version either may come first: by the order of the list, which means nothing.
      const choose = (some: readonly string[]) =>
        newerLaunchers(some, { settings: { prereleases } }, asked).map(({ tag: name }) => versionOfLauncherTag(name));
      expect(choose(tags).slice(0, MAX_LAUNCHERS)).toEqual(choose(all).slice(0, MAX_LAUNCHERS));
    }),
    { numRuns: 300 },
  );
}, 60_000);
