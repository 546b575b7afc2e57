import { expect, test } from "vitest";
import { AppError, formatError, type Remedy } from "../../../src/errors.ts";
import { launcherWording } from "../../../src/launcher/remedies.ts";
import { publisherWording } from "../../../src/publisher/remedies.ts";

const host = "registry.example";
const REMEDIES: readonly Remedy[] = [
  { kind: "login", host },
  { kind: "trust-issuer", host },
  { kind: "trust-anyway", host },
  { kind: "plain-http", host },
  { kind: "name-proxy-login" },
  { kind: "publish-release" },
  { kind: "pull-schema1" },
  { kind: "write-archive" },
  { kind: "choose-version" },
  { kind: "choose-prerelease" },
  { kind: "sign-release" },
];

test.each(REMEDIES)("of $kind a launcher says nothing that it has no option for", (remedy) => {
  expect(launcherWording(remedy) ?? "").not.toMatch(/slipway|--(?!launcher )[a-z]/);
});

test.each(REMEDIES)("of $kind the publisher's program has words, with the host that it is about", (remedy) => {
  expect(publisherWording(remedy)).toMatch(/^\S.*\S$/);
  expect(publisherWording(remedy)).toContain("host" in remedy ? host : "");
});

test("an error is told with what holds for all, then with the words of the program that tells it", () => {
  const error = new AppError("not-allowed", "it is private", {
    hint: "It takes a login.",
    remedy: { kind: "login", host },
  });
  expect(formatError(error)).toBe("it is private\n\nIt takes a login.");
  expect(formatError(error, publisherWording)).toBe(
    "it is private\n\nIt takes a login.\nLog in with: slipway login registry.example",
  );
  expect(formatError(error, launcherWording)).toMatch(
    /\ndocker login registry\.example$|: docker login registry\.example$/,
  );
  const bare = new AppError("bad-data", "it is empty", { remedy: { kind: "publish-release" } });
  expect(formatError(bare)).toBe("it is empty");
  expect(formatError(bare, launcherWording)).toBe("it is empty\n\nTell the publisher.");
});
