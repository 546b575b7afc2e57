import { deepEqual, equal, ok } from "node:assert/strict";
import { formatArchiveLocation, parseArchiveLocation } from "../../../src/archive/location.ts";
import { parseDuration } from "../../../src/config/duration.ts";
import { algorithmOf, digestProblem, encodedOf, openHash, parseDigest } from "../../../src/oci/digest.ts";
import { formatPlatform, matchPlatforms, parsePlatform, selectPlatform } from "../../../src/oci/platform.ts";
import { formatReference, parseHost, parseReference, parseRepository } from "../../../src/oci/reference.ts";
import { bundleNameOf } from "../../../src/config/bundle.ts";
import { selectLaunchers } from "../../../src/release/launcherTag.ts";
import { checkLinkTarget, nameKey, splitSafePath } from "../../../src/release/safePath.ts";
import { formatVersionRequest, parseVersionRequest } from "../../../src/release/versionRequest.ts";
import { tagOfVersion, versionOfTag } from "../../../src/release/versionTag.ts";
import { linesOf, polite, type Target, target, textOf } from "../target.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const PLATFORMS = ["linux", "darwin", "win32"] as const;

/** What people and publishers write in one line. */
export const names: readonly Target[] = [
  target(
    "reference",
    [
      "ghcr.io/example/app:1.2.0",
      `localhost:5000/app@${DIGEST}`,
      "docker.io/alpine",
      "[::1]:80/a/b-c__d.e:t",
      "user:pass@ghcr.io/a/b",
      "https://ghcr.io/v2/",
    ],
    (bytes) => {
      const text = textOf(bytes);
      const reference = polite(() => parseReference(text));
      if (reference !== undefined) deepEqual(parseReference(formatReference(reference)), reference);
      polite(() => parseRepository(text));
      const host = polite(() => parseHost(text));
      if (host !== undefined) equal(parseHost(host), host);
    },
  ),
  target("digest", [DIGEST, `sha512:${"0".repeat(128)}`, "multihash+base58:QmRZ", "sha256:"], (bytes) => {
    const digest = parseDigest(textOf(bytes));
    equal(digestProblem(digest), undefined);
    equal(`${algorithmOf(digest)}:${encodedOf(digest)}`, digest);
    openHash(digest);
  }),
  target(
    "platform",
    ["linux/amd64", "linux/arm/v7", "macos/x86_64", "win32/x64", "windows/arm64\n10.0.17763"],
    (bytes) => {
      const [text = "", version = ""] = linesOf(bytes);
      const platform = parsePlatform(text);
      deepEqual(parsePlatform(formatPlatform(platform)), platform);
      for (const part of Object.values(platform)) equal(typeof part, "string");
      const offered = [{ platform: { ...platform, "os.version": version, "os.features": [version] } }];
      selectPlatform(offered, { ...platform, libc: "musl", osVersion: version });
      matchPlatforms(offered, { ...platform, osVersion: version });
    },
  ),
  target(
    "version",
    ["1.4.2", "v1.4.0_7", "^1.4", ">=1.2 <2 || 3.x", "latest", DIGEST, "launcher-1.0.0-beta.1"],
    (bytes) => {
      const text = textOf(bytes);
      const version = versionOfTag(text);
      const tag = version === undefined ? undefined : polite(() => tagOfVersion(version));
      if (tag !== undefined) equal(versionOfTag(tag), version);
      selectLaunchers([text, `launcher-${text}`], { newerThan: "1.0.0", prereleases: "beta" });
      const request = parseVersionRequest(text);
      deepEqual(parseVersionRequest(formatVersionRequest(request)), request);
    },
  ),
  target(
    "place",
    ["oci:dir:1.0", `oci-archive:a.tar@${DIGEST}`, "docker-archive:C:\\a.tar:app:1", "./a.tar"],
    (bytes) => {
      const location = parseArchiveLocation(textOf(bytes));
      if (location !== undefined) deepEqual(parseArchiveLocation(formatArchiveLocation(location)), location);
    },
  ),
  target("duration", ["0s", "500ms", "24h", "7d"], (bytes) => {
    const duration = parseDuration(textOf(bytes));
    // Whoever waits for it knows how long timers can be.
    ok(duration === undefined || (Number.isInteger(duration) && duration >= 0));
  }),
  target("path", ["bin/app\n../lib/x", "a/./b//c\nb", "CON.txt\n..", "ä/ö\n../../x", "C:/x\n/etc/passwd"], (bytes) => {
    const [path = "", ...rest] = linesOf(bytes);
    for (const platform of PLATFORMS) {
      const parts = polite(() => splitSafePath(path, platform));
      if (parts === undefined) continue;
      ok(parts.every((part) => part !== ".." && part !== "." && part !== "" && !/[/\\\0]/.test(part)));
      deepEqual(splitSafePath(parts.join("/"), platform), parts);
      for (const part of parts) nameKey(part, platform);
      const parent = parts.slice(0, -1);
      polite(() => checkLinkTarget(path, rest.join("\n"), { parent, platform }));
    }
  }),
  target("name", ["Example", "Ünïcode / App", "a".repeat(300)], (bytes) => {
    const name = bundleNameOf(textOf(bytes));
    ok(Buffer.byteLength(name) <= 255 && !/[/\\\0]/.test(name));
  }),
];
