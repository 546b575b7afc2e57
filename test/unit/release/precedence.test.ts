import { compareBuild, SemVer } from "semver";
import { expect, test } from "vitest";
import { compareRanks, hasLowerNumbers, rankOf } from "../../../src/release/precedence.ts";
import { type Candidate, newestFirst, selectVersions } from "../../../src/release/resolve.ts";
import { versionOfTag } from "../../../src/release/versionTag.ts";

const VERSIONS = [
  "0.0.0",
  "0.0.1",
  "1.2.3",
  "1.2.3-rc.1",
  "1.2.3-rc.2",
  "1.2.3+1",
  "1.2.3+2",
  "1.2.10",
  "1.10.0",
  "10.0.0",
  "999999999999999.0.0",
  "9007199254740991.0.0",
  "9007199254740991.0.0-a",
];

test("versions compare as semver has it, be they three numbers or more", () => {
  for (const a of VERSIONS)
    for (const b of VERSIONS)
      expect([a, b, Math.sign(compareRanks(rankOf(a), rankOf(b)))]).toEqual([a, b, compareBuild(a, b)]);
});

test("a version whose numbers are lower is lower, and told so without being parsed", () => {
  for (const a of VERSIONS)
    for (const b of VERSIONS) {
      const [core, other] = [a, b].map((version) => version.replace(/[-+].*$/, ""));
      const lower = compareBuild(core ?? "", other ?? "") < 0;
      for (const tag of [a, `v${a}`]) expect([tag, b, hasLowerNumbers(tag, b)]).toEqual([tag, b, lower]);
    }
});

test.each(["01.2.3", "1.2.03", "1.2", "1.2.3.4", "1.2.3 ", "1.2.3\n", "9007199254740992.0.0", "1.2.٣"])(
  "%j is no version",
  (tag) => {
    expect(versionOfTag(tag)).toBeUndefined();
  },
);

const joined = (candidates: readonly Candidate[]): string => candidates.map(({ version }) => version).join();

test("20,000 tags give the versions in semver's order", () => {
  const shuffled = Array.from({ length: 20_000 }, (_, index) => {
    const number = (index * 7919) % 20_000;
    const version = `${Math.floor(number / 2000)}.${Math.floor(number / 20) % 100}.${number % 20}`;
    return number % 7 === 0 ? `${version}-rc.${number % 3}` : version;
  });
  const tags = [...shuffled, "latest", "sha256-abc"];
  const all = selectVersions({ tags, request: { kind: "latest" }, prereleases: true, quarantined: [] });
  const expected = shuffled
    .map((version) => new SemVer(version))
    .sort((a, b) => b.compare(a))
    .map(({ version }) => version);
  // As one text: a comparison entry by entry takes seconds.
  expect(joined(all)).toBe(expected.join());
  expect(joined(newestFirst(all.toReversed()))).toBe(expected.join());
  const releases = expected.filter((version) => !version.includes("-"));
  const wanted = selectVersions({
    tags,
    request: { kind: "range", range: "^3.10" },
    prereleases: false,
    quarantined: [],
    installed: "3.50.1",
  });
  const isWanted = (version: string): boolean => version.startsWith("3.") && compareBuild(version, "3.50.1") >= 0;
  expect(wanted.map(({ version }) => version)).toEqual(releases.filter(isWanted));
});
