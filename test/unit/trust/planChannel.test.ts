import { describe, expect, test } from "vitest";
import type { AppError } from "../../../src/errors.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import type { ChannelDocument } from "../../../src/trust/channelDocument.ts";
import { emptyChannel, promote, renew, rollOut, unyank, yank } from "../../../src/trust/planChannel.ts";
import { ID } from "../../support/signed.ts";

const now = { issued: "2026-01-02T00:00:00.000Z", expires: undefined };
const digest = (version: string) => digestOf(Buffer.from(version));
const release = (version: string, rollout = 100) => ({ version, digest: digest(version), rollout, critical: false });
const offered = ({ releases }: ChannelDocument) => releases.map(({ version, rollout }) => `${version} ${rollout}`);
const refused = (message: string): Partial<AppError> =>
  expect.objectContaining({ code: "usage", message: expect.stringContaining(message) }) as Partial<AppError>;

const empty = emptyChannel(ID, "Stable");
const two = promote(promote(empty, release("1.0.0"), now), release("1.1.0", 10), now);

test("the first document is number 1, of a channel in small letters", () => {
  expect(promote(empty, release("1.0.0"), now)).toEqual({
    id: ID,
    channel: "stable",
    sequence: 1,
    issued: now.issued,
    releases: [release("1.0.0")],
    yanked: [],
  });
});

describe("a release that is promoted", () => {
  test("stands beside those before it, the newest first", () => {
    expect(offered(two)).toEqual(["1.1.0 10", "1.0.0 100"]);
    expect(offered(promote(two, release("1.0.5"), now))).toEqual(["1.1.0 10", "1.0.5 100", "1.0.0 100"]);
    expect(offered(promote(two, release("1.10.0-rc.1"), now))[0]).toBe("1.10.0-rc.1 100");
    expect(two.sequence).toBe(2);
  });

  test("may be offered to more people, and not to fewer", () => {
    expect(offered(promote(two, release("1.1.0", 10), now))[0]).toBe("1.1.0 10");
    expect(offered(promote(two, release("1.1.0", 50), now))[0]).toBe("1.1.0 50");
    expect(() => promote(two, release("1.1.0", 9.9), now)).toThrow(
      refused("1.1.0 is offered to 10 % already, which cannot become 9.9 %"),
    );
  });

  test("once more is for as many as it was, and as critical, whatever its digest is by now", () => {
    const critical = promote(two, { ...release("1.1.0", 20), critical: true }, now);
    const again = { ...release("1.1.0"), rollout: undefined };
    for (const signed of [again, { ...again, digest: digest("signed once more") }])
      expect(promote(critical, signed, now).releases[0]).toEqual({ ...signed, rollout: 20, critical: true });
    expect(promote(two, { ...again, version: "1.2.0" }, now).releases[0]).toMatchObject({ rollout: 100 });
  });

  test("may begin anew with few when it has other content", () => {
    const other = { ...release("1.1.0", 5), digest: digest("rebuilt") };
    expect(promote(two, other, now).releases[0]).toEqual(other);
    expect(promote(two, other, now).releases).toHaveLength(2);
  });

  test("has not been taken back", () => {
    const without = yank(two, { version: "1.1.0", reason: "it loses work" }, now);
    expect(() => promote(without, release("1.1.0"), now)).toThrow(refused("1.1.0 was yanked: it loses work"));
  });

  test("pushes out the oldest of very many", () => {
    let document = empty;
    for (let patch = 0; patch <= 200; patch += 1) document = promote(document, release(`1.0.${patch}`), now);
    expect(document.releases).toHaveLength(200);
    expect(offered(document)[0]).toBe("1.0.200 100");
    expect(offered(document).at(-1)).toBe("1.0.1 100");
  });
});

describe("a rollout", () => {
  test("grows for the newest, or for the version that is named", () => {
    expect(offered(rollOut(two, { percent: 50, version: undefined }, now))).toEqual(["1.1.0 50", "1.0.0 100"]);
    const three = promote(two, release("1.2.0", 1), now);
    expect(offered(rollOut(three, { percent: 50, version: "1.1.0" }, now))).toEqual([
      "1.2.0 1",
      "1.1.0 50",
      "1.0.0 100",
    ]);
  });

  test("passes over what was taken back", () => {
    const yanked = yank(promote(two, release("1.2.0", 1), now), { version: "1.2.0", reason: "no" }, now);
    expect(offered(rollOut(yanked, { percent: 20, version: undefined }, now))).toEqual([
      "1.2.0 1",
      "1.1.0 20",
      "1.0.0 100",
    ]);
  });

  test("may stay, and never shrinks", () => {
    expect(offered(rollOut(two, { percent: 10, version: undefined }, now))[0]).toBe("1.1.0 10");
    expect(() => rollOut(two, { percent: 9, version: undefined }, now)).toThrow(refused("cannot become 9 %"));
  });

  test("is of a release that is offered", () => {
    expect(() => rollOut(two, { percent: 50, version: "3.0.0" }, now)).toThrow(
      refused("the channel stable has no release 3.0.0"),
    );
    expect(() => rollOut(empty, { percent: 50, version: undefined }, now)).toThrow(refused("has no release yet"));
  });
});

describe("a version that is taken back", () => {
  const without = yank(two, { version: "1.1.0", reason: "it loses work" }, now);

  test("is named with the reason, the last one that was given, and stays in its place", () => {
    expect(without).toMatchObject({ sequence: 3, yanked: [{ version: "1.1.0", reason: "it loses work" }] });
    expect(offered(without)).toEqual(offered(two));
    expect(yank(without, { version: "1.1.0", reason: "and time" }, now).yanked).toEqual([
      { version: "1.1.0", reason: "and time" },
    ]);
  });

  test("need not be one that this channel offers", () => {
    expect(yank(two, { version: "0.9.0", reason: "old" }, now).yanked).toHaveLength(1);
  });

  test("may be offered again, to as many as before", () => {
    const again = unyank(without, "1.1.0", now);
    expect(again).toMatchObject({ sequence: 4, yanked: [] });
    expect(offered(again)).toEqual(offered(two));
    expect(() => unyank(again, "1.1.0", now)).toThrow(refused("1.1.0 is not yanked in the channel stable"));
  });
});

describe("how long a document is good for", () => {
  const until = promote(two, release("1.2.0"), { issued: "2026-01-02T00:00:00Z", expires: "2026-02-01T00:00:00Z" });
  const later = "2026-03-01T12:00:00.000Z";

  test("is as long as the one before it was, counted from its own time", () => {
    const renewed = renew(until, { issued: later, expires: undefined });
    expect(renewed).toEqual({
      ...until,
      sequence: until.sequence + 1,
      issued: later,
      expires: "2026-03-31T12:00:00.000Z",
    });
    const again = yank(renewed, { version: "1.2.0", reason: "no" }, { issued: later, expires: undefined });
    expect(again.expires).toBe("2026-03-31T12:00:00.000Z");
  });

  test("is what is said, and for ever when that is said", () => {
    expect(renew(until, { issued: later, expires: "2026-03-02T00:00:00Z" }).expires).toBe("2026-03-02T00:00:00Z");
    expect(renew(until, { issued: later, expires: "never" })).not.toHaveProperty("expires");
  });

  test("is for ever where nobody has said anything", () => {
    expect(renew(two, now)).not.toHaveProperty("expires");
  });
});

test("no change touches the document that it begins with", () => {
  const before = structuredClone(two);
  promote(two, release("2.0.0"), now);
  rollOut(two, { percent: 100, version: undefined }, now);
  yank(two, { version: "1.1.0", reason: "no" }, now);
  renew(two, now);
  expect(two).toEqual(before);
});

test("a document whose number is the last there is has none after it: a thief has used them up", () => {
  const last = { ...two, sequence: Number.MAX_SAFE_INTEGER };
  expect(() => renew(last, now)).toThrow(expect.objectContaining({ code: "bad-data" }));
});
