import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseInstaller } from "../../../../src/config/installer.ts";
import { AppError } from "../../../../src/errors.ts";
import { DELTA_FROM, DELTA_TO, DELTA_VERSION, TITLE } from "../../../../src/oci/annotations.ts";
import { describe as describeBytes } from "../../../../src/oci/descriptor.ts";
import type { ImageManifest } from "../../../../src/oci/manifest.ts";
import { APP_DELTA, OCI_IMAGE_CONFIG, OCI_MANIFEST } from "../../../../src/oci/mediaTypes.ts";
import { parsePlatform } from "../../../../src/oci/platform.ts";
import { judgeLayers } from "../../../../src/publisher/doctor/layers.ts";
import type { Offer } from "../../../../src/publisher/doctor/offers.ts";
import { judgePlatforms } from "../../../../src/publisher/doctor/platforms.ts";
import { formatFinding, throwFailure } from "../../../../src/publisher/doctor/report.ts";
import { scanFiles } from "../../../../src/publisher/doctor/scanFiles.ts";
import { composeIndex } from "../../../../src/release/compose.ts";
import { generateKeyPair } from "../../../../src/trust/privateKey.ts";
import { signatureCheck } from "../../../../src/publisher/doctor/signatures.ts";
import { judgeUpdates } from "../../../../src/publisher/doctor/updates.ts";
import { judgeTags } from "../../../../src/publisher/doctor/tags.ts";
import { type Asked, judgeContent, judgeRedirects } from "../../../../src/publisher/doctor/transfers.ts";
import { blobOf, noise } from "../../../support/bytes.ts";
import { sampleElf } from "../../../support/sampleElf.ts";
import { sampleMachO } from "../../../support/sampleMachO.ts";
import { openMemory } from "../../../../src/oci/memory.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";

const ROOT = { descriptor: blobOf(noise(10)), bytes: noise(10) };

function installerOf(more: Readonly<Record<string, unknown>> = {}) {
  const value = { id: "com.example.app", name: "app", repository: "ghcr.io/example/app", ...more };
  return parseInstaller(Buffer.from(JSON.stringify(value)), "installer.json");
}

function offerOf(platform: string | undefined, manifest: Partial<ImageManifest> = {}): Offer {
  const whole: ImageManifest = {
    kind: "image",
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: blobOf(noise(2)),
    layers: [],
    ...manifest,
  };
  return {
    name: platform ?? "any computer",
    platform: platform === undefined ? undefined : parsePlatform(platform),
    ...ROOT,
    manifest: whole,
  };
}

describe("tags", () => {
  const judge = (tags: readonly string[] | undefined, label: string | undefined, installer = installerOf()) =>
    judgeTags({ installer, digest: undefined }, { tags, label, root: ROOT });

  test.each<[string, readonly string[] | undefined, string | undefined, string, string]>([
    ["the newest", ["1.0.0", "1.1.0"], "1.1.0", "ok", "launchers take"],
    ["an older one", ["1.0.0", "1.1.0"], "1.0.0", "warning", "launchers take 1.1.0"],
    ["one with a v, beside one without", ["v1.0.0", "1.0.0"], "v1.0.0", "warning", "launchers take 1.0.0"],
    ["a pre-release", ["1.0.0-beta.1"], "1.0.0-beta.1", "warning", "take none"],
    ["no version", ["latest"], "latest", "failed", "no version"],
    ["one that is not listed", ["1.0.0"], "1.0.1", "failed", "not in the list"],
    ["none, where there is no version", ["latest"], undefined, "failed", "no version tags"],
    ["one that nobody may list", undefined, "1.0.0", "skipped", "no list"],
  ])("%s", (_what, tags, label, status, says) => {
    expect(judge(tags, label)).toMatchObject({ status, detail: expect.stringContaining(says) });
  });

  test("are judged by what installer.json asks for", () => {
    const tags = ["1.0.0", "2.0.0", "3.0.0-beta.1"];
    expect(judge(tags, "1.0.0", installerOf({ version: "^1" }))).toMatchObject({ status: "ok" });
    expect(judge(tags, "2.0.0", installerOf({ version: "^1" }))).toMatchObject({
      status: "warning",
      fix: expect.stringContaining('"version"'),
    });
    expect(judge(tags, "3.0.0-beta.1", installerOf({ channel: "beta" }))).toMatchObject({ status: "ok" });
  });
});

describe("platforms", () => {
  test("that are missing are told, and not held against the release", () => {
    const verdict = judgePlatforms([offerOf("linux/amd64"), offerOf("darwin/amd64")], undefined);
    // An arm64 Mac runs the other one.
    expect(verdict).toMatchObject({ status: "ok", detail: expect.stringMatching(/nothing for (?!.*darwin\/arm64)/) });
  });

  test("that the version before had are a warning, and none at all a failure", () => {
    const earlier = { version: "1.0.0", platforms: ["linux/amd64", "windows/amd64"] };
    expect(judgePlatforms([offerOf("linux/amd64")], earlier)).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("also for windows/amd64"),
    });
    // Macs with Apple's processor run what there is for the other one.
    const macs = { version: "1.0.0", platforms: ["darwin/amd64", "darwin/arm64"] };
    expect(judgePlatforms([offerOf("darwin/amd64")], macs)).toMatchObject({ status: "ok" });
    expect(judgePlatforms([offerOf("darwin/arm64")], macs)).toMatchObject({ status: "warning" });
    expect(judgePlatforms([], undefined)).toMatchObject({ status: "failed" });
    expect(judgePlatforms([offerOf(undefined)], undefined)).toMatchObject({ status: "skipped" });
  });
});

describe("layers", () => {
  const config = describeBytes(OCI_IMAGE_CONFIG, noise(2));
  const layer = (mediaType: string, more = {}) => ({ ...blobOf(noise(9)), mediaType, ...more });

  test("that launchers cannot unpack are a warning", () => {
    const image = (mediaType: string) => [offerOf("linux/amd64", { config, layers: [layer(mediaType)] })];
    expect(judgeLayers(image("application/vnd.oci.image.layer.v1.tar+gzip"))).toMatchObject({ status: "ok" });
    expect(judgeLayers(image("application/vnd.oci.image.layer.v1.tar+xz"))).toMatchObject({ status: "warning" });
    expect(judgeLayers(image("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"))).toMatchObject({
      status: "warning",
      fix: expect.stringContaining("zstd"),
    });
  });

  test("without a title are told of", () => {
    const layers = [layer("application/x-delta"), layer("application/x", { annotations: { "a.b": "c" } })];
    expect(judgeLayers([offerOf("linux/amd64", { layers })])).toMatchObject({
      status: "ok",
      detail: expect.stringContaining("without a title"),
    });
  });
});

describe("what a stranger was answered", () => {
  const asked = (answer: Asked["answer"], astray = false): Asked => ({
    blob: blobOf(noise(100)),
    name: "linux/amd64",
    answer,
    astray,
  });
  const part = { kind: "part", bytes: noise(1), size: 100, storage: undefined } as const;
  const lost = { kind: "failed", error: new AppError("not-found", "404") } as const;

  test("with a file of another size is a failure, and the file is lost", () => {
    expect(judgeContent([asked(part)])).toMatchObject({ status: "ok" });
    const short = judgeContent([asked({ ...part, size: 99 })]);
    expect(short).toMatchObject({ status: "failed", detail: expect.stringContaining("99 bytes") });
    expect(short.lost.size).toBe(1);
    expect(judgeContent([asked(lost)])).toMatchObject({ status: "failed", code: "not-found" });
  });

  test("with a redirect is where the files come from, or who wants a login there", () => {
    expect(judgeRedirects([asked({ ...part, storage: "cdn.example" })])).toMatchObject({
      status: "ok",
      detail: expect.stringContaining("cdn.example"),
    });
    const refused = { kind: "failed", error: new AppError("not-allowed", "cdn.example answered 403") } as const;
    expect(judgeRedirects([asked(refused, true)])).toMatchObject({ status: "failed", code: "not-allowed" });
    expect(judgeContent([asked(refused, true)])).toMatchObject({ status: "skipped" });
    expect(judgeRedirects([asked(lost)])).toMatchObject({ status: "skipped" });
  });
});

describe("the files beside a program", () => {
  test("are looked at for what a Mac loads, and for programs that may not be started", async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, "lib"));
    await writeFile(join(directory.path, "app"), sampleMachO(), { mode: 0o755 });
    await writeFile(join(directory.path, "lib", "helper"), sampleMachO(), { mode: 0o644 });
    await writeFile(join(directory.path, "static"), sampleElf());
    await writeFile(join(directory.path, "notes.txt"), "notes");
    const { mac, unmarked } = await scanFiles(directory.path);
    expect(mac.map(({ path }) => path).sort()).toEqual(["app", "lib/helper"]);
    expect(unmarked).toEqual(["lib/helper"]);
    await chmod(join(directory.path, "lib", "helper"), 0o755);
    expect((await scanFiles(directory.path)).unmarked).toEqual([]);
  });
});

describe("signatures", () => {
  test("are asked for where installer.json names who is trusted", async () => {
    const root = composeIndex({ manifests: [], title: "app", version: "1.0.0" });
    const check = async (installer: ReturnType<typeof installerOf> | undefined) =>
      await signatureCheck(installer)(root, { source: openMemory(), tags: [], label: "1.0.0" });
    expect(await check(undefined)).toMatchObject({ status: "skipped" });
    expect(await check(installerOf())).toMatchObject({ status: "ok" });
    const { publicPem } = generateKeyPair("ed25519", undefined);
    const trust = { keys: [publicPem], threshold: 1, recovery: [], sequence: 0, channel: "optional" } as const;
    expect(await check({ ...installerOf(), trust: { ...trust, keys: [publicPem], recovery: [] } })).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("not signed"),
      fix: expect.stringContaining("slipway sign"),
    });
  });
});

describe("a report", () => {
  test("shows what to do below what was seen, and nothing that steers a terminal", () => {
    const finding = { name: "tags", status: "failed", detail: "bad \u001b[31mtag\nhere", fix: "One.\nTwo." } as const;
    expect(formatFinding(finding)).toBe(
      `FAILED   tags                   bad  [31mtag here\n         -> One.\n         -> Two.\n`,
    );
  });

  test("ends with the first failure's class of trouble, and with none when there are but warnings", () => {
    const warned = { name: "a", status: "warning", detail: "w", fix: "f" } as const;
    const first = { name: "b", status: "failed", detail: "x", fix: "f", code: "not-allowed" } as const;
    const second = { name: "c", status: "failed", detail: "y", fix: "f", code: "bad-data" } as const;
    expect(() => throwFailure([warned])).not.toThrow();
    expect(() => throwFailure([warned, first, second])).toThrow(
      expect.objectContaining({ code: "not-allowed", message: "2 of 3 checks failed: b, c" }),
    );
  });
});

describe("updates", () => {
  const file = { ...blobOf(noise(5000, "file")), annotations: { [TITLE]: "app" } };
  const deltaOf = (version: string, size: number) => ({
    ...blobOf(noise(size, version)),
    mediaType: APP_DELTA,
    annotations: { [DELTA_FROM]: blobOf(noise(9, version)).digest, [DELTA_TO]: file.digest, [DELTA_VERSION]: version },
  });

  test.each([
    [
      "are whole downloads",
      [[file], [file, file]],
      "there are no deltas: an update is a whole download, of 10.0 kB at most",
    ],
    [
      "weigh what the delta from the newest release does",
      [[file, deltaOf("1.1.0", 700), deltaOf("1.0.0", 900)]],
      "an update from 1.1.0 is 700 B at most, instead of 5.0 kB",
    ],
    [
      "are whole where there is no delta",
      [[file, deltaOf("1.1.0", 700)], [file]],
      "an update from 1.1.0 is 700 B at most, instead of 5.0 kB; no deltas for platform 1",
    ],
    [
      "count a file without a delta whole",
      [[file, { ...file, digest: blobOf(noise(1)).digest }, deltaOf("1.1.0", 700)]],
      "an update from 1.1.0 is 5.7 kB at most, instead of 10.0 kB",
    ],
    [
      "are of files, not of deltas alone",
      [[deltaOf("1.1.0", 700)]],
      "there are no deltas: an update is a whole download, of 700 B at most",
    ],
  ])("%s", (_, platforms, detail) => {
    const offers = platforms.map((layers, position) => ({
      ...offerOf(undefined, { layers }),
      name: `platform ${position}`,
    }));
    expect(judgeUpdates(offers)).toMatchObject({ status: "ok", detail });
  });
});
