import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseVersionRequest } from "../../../src/release/versionRequest.ts";
import { isInRollout } from "../../../src/trust/rollout.ts";
import { chooseFromChannel, chooseFromTags } from "../../../src/update/chooseReleases.ts";
import { ID } from "../../support/signed.ts";
import { channelOf } from "../../support/updateContext.ts";

const digest = (version: string) => digestOf(Buffer.from(version));
const release = (version: string, rollout = 100, critical = false) => ({
  version,
  digest: digest(version),
  rollout,
  critical,
});
const installId = "computer";

interface Question {
  readonly request?: string;
  readonly installed?: string;
  readonly quarantined?: readonly string[];
}

function choose(
  document: Parameters<typeof channelOf>[0],
  { request = "latest", installed, quarantined = [] }: Question = {},
) {
  const question = {
    request: parseVersionRequest(request),
    quarantined,
    ...(installed === undefined ? {} : { installed }),
  };
  return chooseFromChannel(channelOf(document), question, { installId });
}

const versions = (choice: ReturnType<typeof choose>) => choice.offers.map(({ version }) => version);
const two = { releases: [release("1.1.0"), release("1.0.0")] };

test("tags offer versions, without a digest and without haste", () => {
  const question = { tags: ["1.0.0", "v1.1.0", "latest"], request: parseVersionRequest("latest"), prereleases: false };
  expect(chooseFromTags({ ...question, quarantined: [] })).toEqual({
    offers: [
      { version: "1.1.0", tag: "v1.1.0", digest: undefined, critical: false },
      { version: "1.0.0", tag: "1.0.0", digest: undefined, critical: false },
    ],
    withdrawn: undefined,
    omitted: [],
  });
});

describe("a channel offers", () => {
  test("its releases, newest first, each by its digest", () => {
    expect(choose({ releases: [release("1.0.0+7"), release("1.1.0", 100, true)] })).toEqual({
      offers: [
        { version: "1.1.0", tag: "1.1.0", digest: digest("1.1.0"), critical: true },
        { version: "1.0.0+7", tag: "1.0.0_7", digest: digest("1.0.0+7"), critical: false },
      ],
      withdrawn: undefined,
      omitted: [],
    });
  });

  test("pre-releases that were promoted, for whoever did that meant it", () => {
    expect(versions(choose({ releases: [release("2.0.0-rc.1"), release("1.0.0")] }))).toEqual(["2.0.0-rc.1", "1.0.0"]);
  });

  test("nothing lower than what is installed, what is asked for, and nothing that did not run here", () => {
    expect(versions(choose(two, { installed: "1.1.0" }))).toEqual(["1.1.0"]);
    expect(versions(choose(two, { installed: "1.0.5" }))).toEqual(["1.1.0"]);
    expect(versions(choose(two, { request: "~1.0" }))).toEqual(["1.0.0"]);
    expect(versions(choose(two, { quarantined: ["1.1.0"] }))).toEqual(["1.0.0"]);
  });

  test("a release to those computers alone that are among the first", () => {
    const computers = Array.from({ length: 200 }, (_, number) => `computer-${number}`);
    const document = channelOf({ releases: [release("1.1.0", 50), release("1.0.0")] });
    const question = { request: parseVersionRequest("latest"), quarantined: [] };
    for (const installId of computers) {
      const choice = chooseFromChannel(document, question, { installId });
      const among = isInRollout({ installId, id: ID, version: "1.1.0" }, 50);
      expect(versions(choice)).toEqual(among ? ["1.1.0", "1.0.0"] : ["1.0.0"]);
      expect(choice.omitted).toEqual(
        among
          ? []
          : [{ version: "1.1.0", reason: "it is offered to 50 % of all computers so far, and not to this one" }],
      );
    }
  });

  test("nobody a release that is offered to none", () => {
    expect(versions(choose({ releases: [release("1.1.0", 0), release("1.0.0")] }))).toEqual(["1.0.0"]);
  });

  test("whoever has a release that very release, whatever part of the computers gets it", () => {
    expect(versions(choose({ releases: [release("1.1.0", 0), release("1.0.0")] }, { installed: "1.1.0" }))).toEqual([
      "1.1.0",
    ]);
  });
});

describe("a version that was taken back", () => {
  const yanked = [{ version: "1.1.0", reason: "it loses work" }];

  test("is not offered, with the reason", () => {
    const choice = choose({ ...two, yanked });
    expect(versions(choice)).toEqual(["1.0.0"]);
    expect(choice.omitted).toEqual([{ version: "1.1.0", reason: "it was withdrawn: it loses work" }]);
    expect(choice.withdrawn).toBeUndefined();
  });

  test("is left by whoever has it, for an older one too", () => {
    const choice = choose({ ...two, yanked }, { installed: "1.1.0" });
    expect(versions(choice)).toEqual(["1.0.0"]);
    expect(choice.withdrawn).toEqual({ version: "1.1.0", reason: "it loses work" });
  });

  test("is left although the channel never had it", () => {
    const choice = choose({ ...two, yanked: [{ version: "1.2.0", reason: "no" }] }, { installed: "1.2.0" });
    expect(versions(choice)).toEqual(["1.1.0", "1.0.0"]);
  });

  test("is not left for what did not run here, or is not asked for", () => {
    const question = { installed: "1.1.0", quarantined: ["1.0.0"] };
    expect(versions(choose({ ...two, yanked }, question))).toEqual([]);
    expect(versions(choose({ ...two, yanked }, { installed: "1.1.0", request: "^1.1" }))).toEqual([]);
  });
});
